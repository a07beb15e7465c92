select
    product_id,
    brand_id,
    product_name,
    category,
    skus
from {{ source('home', 'products') }}
