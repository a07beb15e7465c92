-- One row per brand and person who is ranked for it, as of the newest night.
select
    rankings.*,
    rankings.rank_low || ' to ' || rankings.rank_high as possible_ranks,
    cast(cast(rankings.impact_low as decimal(18, 2)) as varchar) || ' to ' || cast(cast(rankings.impact_high as decimal(18, 2)) as varchar)
        as possible_impacts
from marts.rankings_newest as rankings
where rankings.scope_kind = 'brand'
