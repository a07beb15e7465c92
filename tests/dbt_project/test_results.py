"""What sales owe to whom, after a few nights of invented orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.dbt_project.conftest import Query

pytestmark = pytest.mark.slow


def test_a_conversion_is_an_order_less_its_refunds(query: Query) -> None:
    assert query(
        "select conversion_id, kind, revenue, refunded_revenue, net_revenue, net_margin, is_cancelled from marts.fct_conversions order by 1"
    ) == [
        ("files:o1", "order", Decimal("19.9"), Decimal(0), Decimal("19.9"), None, False),
        ("files:o2", "order", Decimal("19.9"), Decimal("19.9"), Decimal(0), Decimal(0), True),
        ("files:o3", "sign_up", Decimal("0.01"), Decimal(0), Decimal("0.01"), None, False),
    ]
    assert query("select refund_id, revenue, margin from marts.fct_refunds order by 1") == [
        ("files:r1", Decimal("9.95"), Decimal("3.3")),
        ("files:r2", Decimal("9.95"), Decimal("3.3")),
    ]


def test_what_does_not_count_is_in_quarantine(query: Query) -> None:
    assert query("select entity, native_id, reason from ops.ops_quarantine where found_by = 'facts' order by all") == [
        ("orders", "o4", "brand_id: 'acme' is no brand of brands.csv"),
        ("refunds", "r3", "currency: the order's is EUR"),
    ]


def test_every_models_money_is_the_conversions_money(query: Query) -> None:
    assert query(
        "select distinct currency, count(distinct model), sum(revenue) from marts.fct_attribution group by currency, model order by 1"
    ) == [
        ("EUR", 1, Decimal("39.8")),
        ("USD", 1, Decimal("0.01")),
    ]
    assert query("select count(distinct model) from marts.fct_attribution") == [(8,)]


def test_a_refund_reverses_every_share_exactly(query: Query) -> None:
    """Four touches at one time share 19.90: 4.98, 4.97, 4.98 and 4.97; after the refund nobody keeps a cent."""
    shares = query(
        "select revenue, net_revenue, net_margin from marts.fct_attribution where conversion_id = 'files:o2' and model = 'linear'"
    )
    assert sorted(shares) == [(Decimal("4.97"), 0, 0), (Decimal("4.97"), 0, 0), (Decimal("4.98"), 0, 0), (Decimal("4.98"), 0, 0)]
    assert query("select count(*) from marts.fct_attribution where conversion_id = 'files:o2' and net_revenue <> 0") == [(0,)]


def test_what_nobody_touched_is_nobodys(query: Query) -> None:
    assert query(
        "select distinct evidence_class, touch_id, author_id, credit, revenue from marts.fct_attribution where conversion_id = 'files:o1'"
    ) == [("none", None, None, 1.0, Decimal("19.9"))]
