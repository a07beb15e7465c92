select
    brand_id,
    brand_name,
    category,
    is_ours
from {{ source('home', 'brands') }}
