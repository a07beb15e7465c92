select
    brand_id,
    brand_name,
    category
from {{ ref('brands') }}
