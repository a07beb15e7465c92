select
    'brand:' || brand_id as object_id,
    'brand' as scope_kind,
    brand_id as scope_id
from {{ ref('dim_brands') }}
union all
select
    'brand:' || brands.brand_id as object_id,
    'topic' as scope_kind,
    topics.topic_id as scope_id
from {{ ref('dim_brands') }} as brands
inner join {{ ref('dim_topics') }} as topics on brands.category = topics.category
union all
select
    'product:' || product_id as object_id,
    'product' as scope_kind,
    product_id as scope_id
from {{ ref('dim_products') }}
