select * from {{ ref('stg_facebook__pages') }}
