"""The brands' shop: who adopts one of their products may order it here, and leaves more or less evidence of why."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

from connectors.sandbox.campaigns import OURS, Partner
from connectors.sandbox.catalog import product
from connectors.sandbox.demand import Adoption
from connectors.sandbox.names import account_uri, article_url, iso
from connectors.sandbox.people import DAY, Person
from connectors.sandbox.world import World

HERE = 0.6  # of those who adopt order in this shop
PRICES = {
    "morrowbean_press": "39.90", "morrowbean_press_go": "29.90", "kestrel_glide": "119.00", "kestrel_glide_pro": "159.00",
    "ohmline_one": "89.95", "ohmline_air": "129.95",
}  # fmt: skip
TELLS_ACCOUNT, REDEEMS, FOLLOWS_LINK, ANSWERS = 0.4, 0.4, 0.3, 0.35
LEAKED_CODE, BRAND_CODE = 0.05, 0.08  # a partner's code from a list of codes; the brand's own
SEARCHES = 0.3  # whatever made them buy, they come by a search engine; half of them by an advertisement
REFUNDED, PART_REFUNDED, CANCELLED = 0.05, 0.02, 0.01


@dataclass(frozen=True, slots=True)
class Order:
    """An order or sign-up as the shop stores it (`row`, in the schema of exported files), and the adoption that it is of."""

    at: int
    row: Mapping[str, str]
    adoption: Adoption


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund or cancellation as the shop stores it."""

    at: int
    row: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shop:
    """All that was and will be sold, in order of time."""

    orders: Sequence[Order]
    refunds: Sequence[Refund]


def open_shop(rng: Random, world: World, partners: Sequence[Partner]) -> Shop:
    """Sells what people take to. Evidence of a person who caused it is left often, not always; some is of somebody else."""
    orders: list[Order] = []
    refunds: list[Refund] = []
    sold = [adoption for adoption in world.adoptions if product(adoption.product).brand in OURS and rng.random() < HERE]
    for number, adoption in enumerate(sorted(sold, key=lambda adoption: (adoption.at, adoption.person, adoption.product))):
        order = _order(rng, world, partners, f"M{number:06}", adoption)
        orders.append(order)
        refunds += _refunds(rng, order)
    return Shop(orders, sorted(refunds, key=lambda refund: refund.at))


def write_shop(shop: Shop, folder: Path, now: int) -> None:
    """The shop's exports as they are at a moment: orders.csv and refunds.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = [
        "order_id", "kind", "ordered_at", "brand_id", "product_id", "customer_key", "customer_author_id", "quantity", "revenue", "margin",
        "currency", "promo_code", "utm_source", "utm_medium", "utm_campaign", "utm_content", "referrer", "heard_from",
    ]  # fmt: skip
    _write(folder / "orders.csv", columns, [order.row for order in shop.orders if order.at < now])
    columns = ["refund_id", "order_id", "kind", "refunded_at", "revenue", "currency"]
    _write(folder / "refunds.csv", columns, [refund.row for refund in shop.refunds if refund.at < now])


def _write(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    fresh.replace(path)


def _order(rng: Random, world: World, partners: Sequence[Partner], order_id: str, adoption: Adoption) -> Order:
    person = world.people[adoption.person]
    item = product(adoption.product)
    agreed = [partner for partner in partners if partner.brand == item.brand and partner.code]
    evidence = _evidence(rng, world, adoption, agreed)
    price = Decimal(PRICES[item.id])
    paid = (price * Decimal("0.9")).quantize(Decimal("0.01")) if "promo_code" in evidence else price
    row = {
        "order_id": order_id,
        "ordered_at": iso(adoption.at),
        "brand_id": item.brand,
        "product_id": item.id,
        "customer_key": f"customer{person.id}@mail.example",
        "quantity": "1",
        "revenue": str(paid),
        "margin": str(paid - (price * Decimal("0.55")).quantize(Decimal("0.01"))),
        "currency": "USD" if person.id % 4 == 0 else "EUR",
    }
    if person.handle and Random(person.id).random() < TELLS_ACCOUNT:  # noqa: S311
        row["customer_author_id"] = f"mastodon:{account_uri(person)}"
    if rng.random() < 0.04:
        row |= {"kind": "sign_up", "revenue": "0", "margin": "0"}
    return Order(adoption.at, row | evidence, adoption)


def _evidence(rng: Random, world: World, adoption: Adoption, partners: Sequence[Partner]) -> dict[str, str]:
    found: dict[str, str] = {}
    cause = adoption.cause
    brand = product(adoption.product).brand
    partner = next((one for one in partners if cause and one.person.id == cause.author), None)
    if partner and rng.random() < REDEEMS:
        found["promo_code"] = str(partner.code)
    elif rng.random() < LEAKED_CODE:
        found["promo_code"] = str(rng.choice(partners).code)
    elif rng.random() < BRAND_CODE:
        found["promo_code"] = f"{brand}5".upper()
    if partner and rng.random() < FOLLOWS_LINK:
        found |= {
            "utm_source": "murmur",
            "utm_medium": "social",
            "utm_campaign": f"{brand}_autumn",
            "utm_content": str(partner.person.handle),
        }
    elif rng.random() < SEARCHES:
        found["referrer"] = "https://search.example/"
        if rng.random() < 0.5:
            found |= {"utm_source": "search", "utm_medium": "cpc", "utm_campaign": "brand"}
    elif cause and cause.channel == "blog" and rng.random() < 0.6:
        found["referrer"] = article_url(cause)
    elif cause and cause.channel == "microblog" and rng.random() < 0.5:
        found["referrer"] = "https://murmur.example/"
    if rng.random() < ANSWERS:
        found["heard_from"] = _answer(rng, world, world.people[adoption.person], world.people[cause.author] if cause else None)
    return found


def _answer(rng: Random, world: World, person: Person, causer: Person | None) -> str:
    """Most name who it was, some somebody else whom they follow, and some say what everybody says."""
    followed = world.follows.following.get(person.id, [])
    if causer and rng.random() < 0.7:
        return f"@{causer.handle}" if causer.handle else causer.name
    if followed and rng.random() < 0.2:
        return f"@{world.people[rng.choice(followed)[1]].handle}"
    return rng.choice(("A friend", "Search", "An advertisement", "I do not remember"))


def _refunds(rng: Random, order: Order) -> Iterator[Refund]:
    fate, at = rng.random(), order.at + rng.randrange(2 * DAY, 12 * DAY)
    row = {"refund_id": f"R{order.row['order_id']}", "order_id": order.row["order_id"], "currency": order.row["currency"]}
    if order.row["revenue"] == "0":
        return
    if fate < CANCELLED:
        at = order.at + rng.randrange(3600, DAY)
        yield Refund(at, row | {"kind": "cancellation", "refunded_at": iso(at)})
    elif fate < CANCELLED + REFUNDED:
        yield Refund(at, row | {"kind": "refund", "refunded_at": iso(at), "revenue": order.row["revenue"]})
    elif fate < CANCELLED + REFUNDED + PART_REFUNDED:
        yield Refund(at, row | {"kind": "refund", "refunded_at": iso(at), "revenue": "10.00"})
