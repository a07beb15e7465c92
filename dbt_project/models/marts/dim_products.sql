select
    product_id,
    brand_id,
    product_name,
    category
from {{ ref('stg_home__products') }}
