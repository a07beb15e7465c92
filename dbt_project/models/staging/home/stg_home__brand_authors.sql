select
    platform_id,
    account,
    brand_id,
    author_kind
from {{ source('home', 'brand_authors') }}
