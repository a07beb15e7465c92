select
    brand_id,
    product_id,
    term,
    kind,
    exclusions,
    contexts
from {{ source('home', 'brand_terms') }}
