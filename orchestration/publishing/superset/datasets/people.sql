-- One row per person, with what is known of them over all their accounts.
select persons.*
from marts.persons_overview as persons
