select
    sightings.sighting_id,
    sightings.post_id,
    sightings.proof,
    sightings.platform_id,
    sightings.container_id,
    {{ held_url('sightings.url') }} as url,
    sightings.first_observed_at,
    sightings.last_observed_at
from {{ ref('int_post_sightings') }} as sightings
inner join {{ ref('int_posts') }} as posts on sightings.post_id = posts.post_id
