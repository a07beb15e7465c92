"""The sandbox's shop: what is sold follows what was adopted, and leaves evidence that is good but not perfect."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

from connectors.files.schema import checked
from connectors.sandbox.builder import build
from connectors.sandbox.campaigns import OURS, home_tables
from connectors.sandbox.catalog import product
from connectors.sandbox.shop import Shop, write_shop
from connectors.sandbox.world import World
from tests.homes import SANDBOX_HOME


def test_every_order_is_of_an_adoption_of_our_brands_at_its_time(world: World, shop: Shop) -> None:
    adopted = {(adoption.person, adoption.product, adoption.at) for adoption in world.adoptions}
    assert len(shop.orders) > 50
    for order in shop.orders:
        assert (order.adoption.person, order.adoption.product, order.at) in adopted
        assert order.row["brand_id"] == product(order.adoption.product).brand
        assert order.row["brand_id"] in OURS


def test_answers_name_who_caused_it_more_often_than_anybody_else(world: World, shop: Shop) -> None:
    answers = [
        (order.row["heard_from"], world.people[order.adoption.cause.author].handle if order.adoption.cause else None)
        for order in shop.orders
        if order.row.get("heard_from", "").startswith("@")
    ]
    caused = [answer == f"@{causer}" for answer, causer in answers if causer]
    assert sum(caused) > len(caused) / 2
    assert sum(caused) < len(answers)


def test_exports_hold_what_was_sold_until_now_and_fit_the_schema(world: World, shop: Shop, tmp_path: Path) -> None:
    middle = (world.start + world.end) // 2
    write_shop(shop, tmp_path, middle)
    for entity, sold in (("orders", shop.orders), ("refunds", shop.refunds)):
        rows = pl.read_csv(tmp_path / f"{entity}.csv", infer_schema=False)
        assert 0 < rows.height == sum(item.at < middle for item in sold)
        assert rows.height < len(sold)
        typed, losses, flaws = checked(entity, rows)
        assert set(losses) | set(flaws) == {""}
        assert typed.height == rows.height


def test_refunds_follow_their_orders_and_give_back_no_more_than_was_paid(shop: Shop) -> None:
    orders = {order.row["order_id"]: order for order in shop.orders}
    for refund in shop.refunds:
        order = orders[refund.row["order_id"]]
        assert refund.at > order.at
        assert float(refund.row.get("revenue") or 0) <= float(order.row["revenue"])
        assert refund.row["currency"] == order.row["currency"]


def test_the_demos_home_tells_of_the_worlds_campaigns() -> None:
    world, partners, _ = build()
    for name, rows in home_tables(world, partners).items():
        with (SANDBOX_HOME / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
