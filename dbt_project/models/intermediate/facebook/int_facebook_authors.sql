{{ config(materialized='keyed', key='author_id') }}

select * from {{ ref('stg_facebook__pages') }}
