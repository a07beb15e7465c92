select adoptions.*
from {{ ref('int_score_first_adoptions') }} as adoptions
cross join {{ ref('int_score_night') }} as night
where adoptions.adopted_at >= night.begins_at
