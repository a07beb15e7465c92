{{ config(materialized='keyed', key='post_id') }}
-- depends_on: {{ ref('stg_ops__withheld') }}

{% call keys('touched') %}
    select post_id as key from {{ new_rows('stg_mediawiki__revisions') }} as new_rows
    union all
    select revisions.post_id as key
    from {{ ref('stg_mediawiki__revisions') }} as revisions
    inner join {{ new_rows('stg_mediawiki__revisions') }} as answered on revisions.parent_revision_id = answered.post_id
    union all
    select key from {{ changes('stg_ops__withheld') }} as withheld
{% endcall %}

with revisions as (
    select * from {{ ref('stg_mediawiki__revisions') }}
),

authors as (
    select
        post_id,
        min(author_id) as author_id
    from revisions
    group by post_id
)

select
    revisions.*,
    'https://' || revisions.wiki || '/index.php?oldid=' || split_part(revisions.native_id, ':', -1) as url,
    -- a talk page keeps no record of who answers whom; an indented line after somebody else's edit is an answer to it
    case
        when revisions.is_talk and regexp_matches(revisions.body, '(?m)^\s*[:*]') and authors.author_id != revisions.author_id
            then revisions.parent_revision_id
    end as parent_post_id
from revisions
left join authors on revisions.parent_revision_id = authors.post_id
where {{ among('revisions.post_id') }}
