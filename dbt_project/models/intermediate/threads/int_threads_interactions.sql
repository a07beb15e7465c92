{{ reposts_among(ref('stg_threads__posts')) }}
