{{ config(materialized='keyed', key="coalesce(actor_author_id, '')") }}

{{ reposts_among(ref('stg_threads__posts')) }}
