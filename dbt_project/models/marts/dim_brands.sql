select
    brand_id,
    brand_name,
    category,
    is_ours
from {{ ref('stg_home__brands') }}
