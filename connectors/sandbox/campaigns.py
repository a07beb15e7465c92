"""What the brands of the sandbox pay for: whom they wrote to, who agreed, their codes and links, fees and gifts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from connectors.sandbox.catalog import BRANDS
from connectors.sandbox.names import account_uri
from connectors.sandbox.people import Person
from connectors.sandbox.world import World

OURS = ("morrowbean", "kestrel", "ohmline")
ASKED, AGREED = 45, 30  # of each brand
NOTICED = 90  # of those who speak of a brand, half for their followers, half for whom they persuade, which a brand would like to know


@dataclass(frozen=True, slots=True)
class Partner:
    """Somebody whom a brand wrote to; without `code` they did not agree. `fee` is euros, 0 where they got a product instead."""

    person: Person
    brand: str
    outcome: str
    code: str | None
    fee: int

    @property
    def author_id(self) -> str:
        """As the warehouse names the account."""
        return f"mastodon:{account_uri(self.person)}"


def choose_partners(rng: Random, world: World) -> list[Partner]:
    """The brands' partners. No post and no follow is changed by it: who is paid persuades as much as before."""
    followers = {person.id: len(world.follows.followers.get(person.id, ())) for person in world.residents if person.handle}
    partners: list[Partner] = []
    for brand in OURS:
        speakers = {post.author for post in world.posts if brand in post.brands and post.author in followers}
        by_followers = sorted(speakers, key=lambda number: (-followers[number], number))[: NOTICED // 2]
        by_effect = sorted(speakers, key=lambda number: (-followers[number] * world.people[number].persuasiveness, number))[: NOTICED // 2]
        known = list(dict.fromkeys((*by_followers, *by_effect)))
        asked = rng.sample(known, min(ASKED, len(known)))
        for place, number in enumerate(asked):
            person = world.people[number]
            if place < AGREED:
                fee = 0 if rng.random() < 0.3 else 50 + followers[number] // 2
                partners.append(Partner(person, brand, "agreed", f"{brand[:4]}{number}".upper(), fee))
            else:
                partners.append(Partner(person, brand, rng.choice(("declined", "no_answer")), None, 0))
    return partners


def home_tables(world: World, partners: Sequence[Partner]) -> Mapping[str, list[dict[str, object]]]:
    """The rows of the home's tables campaigns, campaign_codes and so on, as this world's brands would fill them in."""
    start = datetime.fromtimestamp(world.start, UTC).date()
    agreed = [partner for partner in partners if partner.code]
    return {
        "campaigns": [
            {"campaign_id": f"{brand}_autumn", "campaign_name": f"{BRANDS[brand]} autumn", "brand_id": brand, "product_id": None,
             "starts_on": start, "ends_on": start + timedelta(days=world.days), "universe": len(world.residents)}
            for brand in OURS
        ],
        "campaign_codes": [
            {"code": code, "campaign_id": f"{brand}_autumn", "author_id": author_id, "valid_from": start}
            for brand, code, author_id in (
                *((one.brand, one.code, one.author_id) for one in agreed),
                *((brand, f"{brand}5".upper(), None) for brand in OURS),
            )
        ],
        "campaign_links": [
            {"campaign_id": f"{one.brand}_autumn", "author_id": one.author_id, "post_id": None, "utm_source": None,
             "utm_campaign": f"{one.brand}_autumn", "utm_content": str(one.person.handle)}
            for one in agreed
        ],
        "campaign_contacts": [
            {"campaign_id": f"{one.brand}_autumn", "author_id": one.author_id, "contacted_on": start, "outcome": one.outcome}
            for one in partners
        ],
        "campaign_spend": list(_spend(agreed, world)),
    }  # fmt: skip


def _spend(agreed: list[Partner], world: World) -> Iterator[dict[str, object]]:
    start = datetime.fromtimestamp(world.start, UTC).date()
    for one in agreed:
        kind, amount, note = ("fee", one.fee, None) if one.fee else ("gift", 30, "one product, at cost")
        yield {"campaign_id": f"{one.brand}_autumn", "author_id": one.author_id, "spent_on": start + timedelta(days=2), "kind": kind,
               "amount": amount, "currency": "EUR", "note": note}  # fmt: skip
