select
    campaign_id,
    campaign_name,
    brand_id,
    product_id,
    starts_on,
    ends_on,
    universe
from {{ source('home', 'campaigns') }}
