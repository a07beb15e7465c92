{{ reposts_among(ref('stg_x__posts')) }}
