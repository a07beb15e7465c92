from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars import col
from scipy.stats import gamma

from orchestration.scoring.authenticity import authenticity
from orchestration.scoring.evidence import prior_factors, ranking_components, ranking_evidence
from orchestration.scoring.inputs import ADOPTIONS, AUTHORS, CANDIDATES, CELLS, MENTIONS, encode
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.ranking import rank_people
from orchestration.scoring.rates import learn_rates
from tests.orchestration.scoring.observed import NO_SCOPES, Night, accounts_in_scopes, figures, night
from tests.orchestration.scoring.worlds import Plan, make_world

PARAMETERS = Parameters()
FRAMES = {"authors": AUTHORS, "mentions": MENTIONS, "adoptions": ADOPTIONS, "candidates": CANDIDATES, "cells": CELLS}
NAMES = ("person_id", "author_id", "mention_id", "adoption_id", "object_id", "community_id", "channel_id")


@pytest.fixture(scope="module")
def seen() -> Night:
    return night(make_world(Plan(seed=5, people=500, days=100, communities=4)), 90.0, PARAMETERS)


@pytest.fixture(scope="module")
def scopes(seen: Night) -> pl.DataFrame:
    objects = seen.mentions.select("object_id").unique()
    return objects.with_columns(scope_kind=pl.lit("brand"), scope_id=pl.concat_str(pl.lit("b"), col("object_id").str.slice(-1)))


def rank(seen: Night, scopes: pl.DataFrame | None = None) -> pl.DataFrame:
    found = seen.evidence()
    scopes = NO_SCOPES if scopes is None else scopes
    return rank_people(accounts_in_scopes(found, learn_rates(found, PARAMETERS), seen.as_of, PARAMETERS, scopes), PARAMETERS)


def changed(seen: Night, change: dict[str, pl.DataFrame]) -> Night:
    return replace(seen, **{name: change.get(name, getattr(seen, name)) for name in FRAMES})


def test_parts_sum_to_the_impact_and_factors_multiply_to_the_prior(seen: Night, scopes: pl.DataFrame) -> None:
    found = seen.evidence()
    rates = learn_rates(found, PARAMETERS)
    parts = accounts_in_scopes(found, rates, seen.as_of, PARAMETERS, scopes)
    people = rank_people(parts, PARAMETERS)
    sums = ranking_components(parts).group_by("scope_kind", "scope_id", "person_id").agg(col("contribution").sum())
    both = people.join(sums, on=["scope_kind", "scope_id", "person_id"], how="left").with_columns(col("contribution").fill_null(0.0))
    assert set(people["scope_kind"]) == {"all", "brand", "channel"}
    assert (both["impact"] - both["contribution"]).abs().max() < 1e-9  # type: ignore[operator]
    products = pl.concat(prior_factors(found, rates)).group_by("author_id").agg(col("multiplier").product()).sort("author_id")["multiplier"]
    assert np.abs(products.to_numpy() / rates.prior.rate - 1).max() < 1e-9


def test_evidence_rows_are_the_credit_behind_a_rank(seen: Night, scopes: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.scoring.evidence.EVIDENCE_ROWS", 20)
    found = seen.evidence()
    rates = learn_rates(found, PARAMETERS)
    rows = pl.concat(ranking_evidence(found, rates, scopes, ("all", "brand", "channel")))
    ids = {"adoption_id": found.adoption_ids.gather(rows["adoption"]), "mention_id": found.mention_ids.gather(rows["mention"])}
    counts = rows.group_by("scope_kind", "scope_id", "person_id").agg(pl.len(), col("credit").sum())
    assert counts["len"].max() == 20
    ranked = rank(seen, scopes).join(counts, on=["scope_kind", "scope_id", "person_id"], suffix="_rows")
    few = ranked.filter(col("len") < 20)
    assert few.height > 100
    assert (few["credit"] - few["credit_rows"]).abs().max() < 1e-9  # type: ignore[operator]
    named = rows.with_columns(**ids)
    assert named.equals(named.sort("scope_kind", "scope_id", "person_id", -col("credit"), "adoption_id", "mention_id"))


def test_a_rank_lies_in_its_interval_and_the_score_is_a_percentile(seen: Night, scopes: pl.DataFrame) -> None:
    ranked = rank(seen, scopes)
    known = ranked.drop("seen_share")  # NULL where nobody tells the audience
    assert not any(
        known[name].is_null().any() or ranked[name].is_nan().any() for name, dtype in known.schema.items() if dtype == pl.Float64
    )
    assert ranked["seen_share"].is_null().any()
    assert ranked["seen_share"].drop_nulls().is_between(0, 1).all()
    for low, middle, high in (("rank_low", "rank", "rank_high"), ("impact_low", "impact", "impact_high")):
        assert ((ranked[low] <= ranked[middle]) & (ranked[middle] <= ranked[high])).mean() == pytest.approx(1, abs=0.02)
    assert (ranked["rank_low"] <= ranked["rank"]).all()
    assert (ranked["safe_impact"] <= ranked["impact"]).all()
    assert ranked["score"].is_between(0, 100).all()
    assert ranked.group_by("scope_kind", "scope_id").agg(col("score").mean())["score"].to_list() == pytest.approx([50.0] * 15)


def test_evidence_comes_first(seen: Night) -> None:
    """Nobody who likely moved nobody stands before anybody who likely moved somebody, whatever their audience."""
    found = seen.evidence()
    rates = learn_rates(found, PARAMETERS)
    people = rank_people(accounts_in_scopes(found, rates, seen.as_of, PARAMETERS), PARAMETERS)
    everyone = people.filter(col("scope_kind") == "all")
    by_person = pl.DataFrame({"author": found.mention_author[found.candidate_mention], "credit": rates.credit.credit})
    by_person = by_person.with_columns(person_id=found.authors.person_ids.gather(by_person["author"]))
    chance = by_person.group_by("person_id").agg(chance=1 - (1 - col("credit")).product())
    told = everyone.join(chance, on="person_id", how="left").with_columns(col("chance").fill_null(0.0))
    assert (told["evidence_class"] == "credited").equals(told["chance"] >= 0.5)
    first, second = (told.filter(col("evidence_class") == name) for name in ("credited", "expected"))
    assert min(first.height, second.height) > 50
    for name in ("rank", "rank_low", "rank_high"):
        assert first[name].max() < second[name].min()  # type: ignore[operator]
    assert second["impact"].max() > first["impact"].min()  # type: ignore[operator]
    for people_of_list, key in ((first, "safe_impact"), (second, "impact")):
        assert people_of_list.sort("rank")[key].is_sorted(descending=True)


def test_the_interval_of_certain_credit_is_the_gamma_posterior() -> None:
    """One author, three adoptions nothing else can have caused, exposure 40: nobody is at risk, so that nothing is organic."""
    author = pl.DataFrame([("ann", "ann", "microblog", "public", 9.0, 0.1, 1.0, 1.0)], schema=AUTHORS, orient="row")
    mention = pl.DataFrame([("m1", "ann", "cup", 40.0, 0.0, 80.0)], schema=MENTIONS, orient="row")
    adoptions = pl.DataFrame([(f"d{number}", "cup", "c1", 0, 0) for number in range(3)], schema=ADOPTIONS, orient="row")
    candidates = pl.DataFrame([(f"d{number}", "m1", "follows", 0.5, False, 1.0) for number in range(3)], schema=CANDIDATES, orient="row")
    found = encode(author, mention, adoptions, candidates, pl.DataFrame(schema=CELLS))
    rates = learn_rates(found, PARAMETERS)
    row = rank_people(accounts_in_scopes(found, rates, 56.0, PARAMETERS), PARAMETERS).to_dicts()[0]
    shape, rate, horizon = 3.6, 40 + 0.6 / rates.prior.rate[0], 40 * 28 / 56
    assert row["credit"] == pytest.approx(3.0)
    assert row["impact"] == pytest.approx(shape / rate * horizon)
    for name, quantile in (("impact_low", 0.05), ("impact_high", 0.95), ("safe_impact", 0.1)):
        assert row[name] == pytest.approx(gamma.ppf(quantile, shape, scale=1 / rate) * horizon)
    assert (row["rank"], row["rank_low"], row["rank_high"]) == (1, 1, 1)


def test_nobody_moves_more_peers_than_they_reach() -> None:
    """Nine people hear Ann, who speaks every day and is pointed at by ten: nine can be moved, in the interval, too, and the parts sum."""
    author = pl.DataFrame([("ann", "ann", "microblog", "public", 9.0, 0.1, 1.0, 1.0)], schema=AUTHORS, orient="row")
    mentions = pl.DataFrame([(f"m{number}", "ann", "cup", 4.0, 0.0, 9.0) for number in range(28)], schema=MENTIONS, orient="row")
    adoptions = pl.DataFrame([(f"d{number}", "cup", "c1", 0, 0) for number in range(20)], schema=ADOPTIONS, orient="row")
    pointers = pl.DataFrame([(f"d{number}", "m1", None, 1.0, True, 1.0) for number in range(20)], schema=CANDIDATES, orient="row")
    found = encode(author, mentions, adoptions, pointers, pl.DataFrame(schema=CELLS))
    of_one = accounts_in_scopes(found, learn_rates(found, PARAMETERS), 28.0, PARAMETERS)
    row = rank_people(of_one, PARAMETERS).filter(col("scope_kind") == "all").to_dicts()[0]
    assert row["impact"] == pytest.approx(9.0)
    assert row["impact_low"] <= row["impact_high"] <= 9.0
    parts = ranking_components(of_one).filter(col("scope_kind") == "all")["contribution"].sum()
    assert parts == pytest.approx(row["impact"])


def test_brands_are_ranked_apart(seen: Night) -> None:
    brand = rank(seen).filter(col("rank") == 1)["person_id"][0]
    kinds = seen.authors.with_columns(population=pl.when(col("person_id") == brand).then(pl.lit("brand")).otherwise("population"))
    ranked = rank(changed(seen, {"authors": kinds})).filter(col("scope_kind") == "all")
    assert ranked.filter(col("person_id") == brand).select("population", "rank").row(0) == ("brand", 1)
    assert brand not in ranked.filter(col("population") == "public")["person_id"]


def test_the_same_rows_in_any_order_and_twice_give_the_same_bytes(seen: Night, scopes: pl.DataFrame) -> None:
    mixed = {name: pl.concat([getattr(seen, name)] * 2).sample(fraction=1.0, shuffle=True, seed=8) for name in FRAMES}
    once, again = rank(seen, scopes), rank(changed(seen, mixed), scopes.reverse())
    assert once.write_csv() == again.write_csv()
    assert once.equals(again)


def test_other_names_give_the_same_figures(seen: Night) -> None:
    """Sums are added in another order then, so the last bits may differ."""

    def renamed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(col(name).str.reverse() for name in NAMES if name in frame.columns)

    figures = ["person_id", "rank", "impact", "impact_low", "impact_high", "rate", "reach", "credit"]
    once = rank(seen).filter(col("scope_kind") == "all").select(figures)
    again = rank(changed(seen, {name: renamed(getattr(seen, name)) for name in FRAMES})).filter(col("scope_kind") == "all")
    both = once.join(again.with_columns(col("person_id").str.reverse()).select(figures), on="person_id", suffix="_again")
    assert both.height == once.height > 400
    assert (both["rank"] == both["rank_again"]).all()
    for name in figures[2:]:
        assert np.allclose(both[name], both[f"{name}_again"], rtol=1e-9, atol=1e-12)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(0.2, 20.0), st.sampled_from(["ghost_share", "unexplained_growth_share"]))
def test_bought_followers_never_raise_a_rank(seen: Night, pick: int, factor: float, mark: str) -> None:
    """Bought followers leave a mark on one figure; views, likes and posts stay as they were, so engagement per follower falls."""
    known = figures(seen.world).with_columns(ghost_share=pl.lit(0.0), unexplained_growth_share=pl.lit(0.0))
    author = seen.authors.sort("author_id")["author_id"][pick % seen.authors.height]
    is_buyer = col("author_id") == author
    share = factor / (1 + factor)
    marked = known.with_columns(pl.when(is_buyer).then(share).otherwise(mark).alias(mark))

    def authors(marks: pl.DataFrame, times: float) -> pl.DataFrame:
        grown = seen.authors.drop("authenticity").join(authenticity(marks), on="author_id")
        return grown.with_columns(
            audience=pl.when(is_buyer).then(col("audience") * times).otherwise("audience"),
            engagement_rate=pl.when(is_buyer).then(col("engagement_rate") / times).otherwise("engagement_rate"),
        )

    reach = seen.mentions.with_columns(hidden_reach=pl.when(is_buyer).then(col("hidden_reach") * (1 + factor)).otherwise("hidden_reach"))
    before = rank(changed(seen, {"authors": authors(known, 1.0)}))
    after = rank(changed(seen, {"authors": authors(marked, 1 + factor), "mentions": reach}))
    person = seen.authors.filter(is_buyer)["person_id"][0]

    def place(ranked: pl.DataFrame) -> list[int]:
        return ranked.filter((col("person_id") == person) & (col("scope_kind") == "all"))["rank"].to_list()

    assert place(after) >= place(before)


@pytest.mark.parametrize("empty", ["everything", "adoptions", "cells", "candidates"])
def test_where_there_is_nothing_the_ranking_says_so(seen: Night, empty: str) -> None:
    names = {"everything": tuple(FRAMES), "adoptions": ("adoptions", "candidates"), "cells": ("cells",), "candidates": ("candidates",)}[
        empty
    ]
    bare = changed(seen, {name: pl.DataFrame(schema=FRAMES[name]) for name in names})
    ranked = rank(bare)
    if empty == "everything":
        assert ranked.is_empty()
        return
    numbers = ranked.select(pl.selectors.numeric())
    assert numbers.select(pl.all().is_finite().all()).row(0) == (True,) * numbers.width
    everyone = ranked.filter(col("scope_kind") == "all")
    assert everyone.height > 400
    if empty != "cells":
        assert everyone["credit"].sum() == 0
        assert everyone["impact"].sum() < 1  # of 28 days: less than the pseudo-adoptions of one account over all
        assert (everyone["impact_high"] > everyone["impact"]).sum() > 0.9 * everyone.height


def test_one_person_alone(seen: Night) -> None:
    author = seen.authors.head(1)
    mention = pl.DataFrame([("m", author["author_id"][0], "cup", 0.0, 0.0, 0.0)], schema=MENTIONS, orient="row")
    bare = changed(seen, {name: pl.DataFrame(schema=FRAMES[name]) for name in FRAMES} | {"authors": author, "mentions": mention})
    row = rank(bare).filter(col("scope_kind") == "all").to_dicts()
    assert [(entry["rank"], entry["score"], entry["impact"], entry["reach"]) for entry in row] == [(1, 50.0, 0.0, 0.0)]


def test_pointers_count_where_no_audience_is_known() -> None:
    """Three adoptions that point at a host of whom nothing else is known: at least three people heard, and one in four points."""
    host_and_fan = [("host", "host", "podcast", "public", *[None] * 4), ("fan", "fan", "microblog", "public", 5.0, 0.1, 1.0, 1.0)]
    authors = pl.DataFrame(host_and_fan, schema=AUTHORS, orient="row")
    mentions = pl.DataFrame([("m1", "host", "cup", 0.0, None, 0.0), ("m2", "fan", "cup", 5.0, None, 10.0)], schema=MENTIONS, orient="row")
    adoptions = pl.DataFrame([(f"d{number}", "cup", "c1", 0, 0) for number in range(3)], schema=ADOPTIONS, orient="row")
    candidates = pl.DataFrame([(f"d{number}", "m1", None, 1.0, True, 1.0) for number in range(3)], schema=CANDIDATES, orient="row")
    cells = pl.DataFrame([("c1", "cup", 0, 7000.0)], schema=CELLS, orient="row")
    found = encode(authors, mentions, adoptions, candidates, cells)
    rates = learn_rates(found, PARAMETERS)
    ranked = rank_people(accounts_in_scopes(found, rates, 28.0, PARAMETERS), PARAMETERS)
    host = ranked.filter((col("scope_kind") == "all") & (col("person_id") == "host")).to_dicts()[0]
    assert host["rank"] == 1
    assert host["credit"] > 1
    assert host["impact"] == pytest.approx(host["credit"] / rates.pointing_rate, rel=0.2)


def test_a_reach_that_nobody_tells_is_the_middle_of_its_channel(seen: Night) -> None:
    author = seen.mentions["author_id"][0]
    told = seen.mentions.with_columns(hidden_reach=pl.when(col("author_id") != author).then(pl.lit(8.0)).otherwise(3.0))
    silent = told.with_columns(hidden_reach=pl.when(col("author_id") != author).then("hidden_reach"))
    evidence = changed(seen, {"mentions": silent, "candidates": pl.DataFrame(schema=CANDIDATES)}).evidence()
    own = evidence.authors.ids.gather(evidence.mention_author) == author
    assert set(evidence.hidden_reach[own.to_numpy()]) == {8.0}
    assert not evidence.is_reach_known[own.to_numpy()].any()


def test_who_is_pointed_at_more_gets_no_larger_audience() -> None:
    """Of a channel in which nobody tells, everybody's audience is the one that the channel's pointers say."""
    hosts = [(name, name, "podcast", "public", *[None] * 4) for name in ("often", "once", "never")]
    authors = pl.DataFrame([*hosts, ("fan", "fan", "microblog", "public", 5.0, 0.1, 1.0, 1.0)], schema=AUTHORS, orient="row")
    told = [("m4", "fan", "cup", 5.0, 40.0, 10.0)]
    mentions = [(f"m{number}", host[0], "cup", 0.0, None, 0.0) for number, host in enumerate(hosts, 1)]
    adoptions = pl.DataFrame([(f"d{number}", "cup", "c1", 0, 0) for number in range(30)], schema=ADOPTIONS, orient="row")
    pointers = [(f"d{number}", "m1" if number < 28 else "m2", None, 1.0, True, 1.0) for number in range(30)]
    cells = pl.DataFrame([("c1", "cup", 0, 7000.0)], schema=CELLS, orient="row")
    found = encode(
        authors, pl.DataFrame([*mentions, *told], schema=MENTIONS, orient="row"), adoptions,
        pl.DataFrame(pointers, schema=CANDIDATES, orient="row"), cells,
    )  # fmt: skip
    of_hosts = found.hidden_reach[~found.is_reach_known]
    assert len(set(of_hosts.tolist())) == 1
    assert of_hosts[0] > 40  # nobody points at the fan's 40: 30 pointers say that the hosts have more


def test_a_row_that_names_nothing_known_is_refused(seen: Night) -> None:
    with pytest.raises(ValueError, match="author_id"):
        changed(seen, {"mentions": seen.mentions.with_columns(author_id=pl.lit("nobody"))}).evidence()
    with pytest.raises(ValueError, match="exposure"):
        changed(seen, {"mentions": seen.mentions.with_columns(exposure=pl.lit(-1.0))}).evidence()
