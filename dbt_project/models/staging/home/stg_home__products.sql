select
    product_id,
    brand_id,
    product_name,
    category
from {{ source('home', 'products') }}
