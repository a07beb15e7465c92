-- One row per list and account on it, with its newest status.
select members.*
from marts.mart_list_members as members
