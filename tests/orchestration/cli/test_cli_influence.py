"""`groundswell rank`, `why` and `shortlist` on a published file: what a person sees, and what a machine gets."""

from __future__ import annotations

import json
import math
import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.scoring.nightly.night import score_night
from orchestration.scoring.parameters import Parameters
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.cli.test_cli import groundswell
from tests.orchestration.scoring.nightly.score_warehouse import FIRST_MENTION, NIGHT, account, by_hand, make_warehouse, mention, put

RED, BACKWARDS = "\x1b[31m", "\u202e"
NAMES = {"ann": f"Ann {RED}[bold]{BACKWARDS}", "ben": "שלום", "acme": "Acme", "cy": "Same", "dee": "Same", "eve": None, "kit": None}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Ann moved three people, Ben and Kit nobody; Ann and Ben have followers."""
    folder = tmp_path_factory.mktemp("published")
    rows = by_hand()
    rows["int_score_authors"].append(account("kit"))
    rows["int_score_mentions"].append(mention("m4", "kit", 40.0))
    warehouse = make_warehouse(folder / "warehouse.duckdb", rows)
    for person, name in NAMES.items():
        put(warehouse, "dim_persons", {"person_id": person, "display_name": name, "person_kind": "person"})
        put(warehouse, "bridge_persons_authors", {"person_id": person, "author_id": person})
        overview = {"person_id": person, "person": name or f"{person}@x.example", "handle": f"{person}@x.example", "platform": "mastodon"}
        put(warehouse, "persons_overview", overview)
        put(
            warehouse, "dim_authors",
            {"author_id": person, "platform_id": "mastodon", "channel_id": "microblogs", "handle": f"{person}@x.example",
             "display_name": name, "is_current": True},
        )  # fmt: skip
    put(
        warehouse,
        "fct_posts",
        {"post_id": "post-m1", "url": "https://x.example/m1"},
        {"post_id": "post-a1", "url": f"https://x.example/{RED}"},
    )
    put(warehouse, "fct_mentions", {"mention_id": "m1", "sentence": f"The press is quiet{RED}.", "said_at": FIRST_MENTION})
    put(
        warehouse, "fct_adoptions",
        {"adoption_id": "a1", "person_id": "cy", "object_kind": "brand", "object_id": "morrowbean", "brand_id": "morrowbean",
         "adoption_kind": "bought", "adopted_at": FIRST_MENTION + timedelta(days=1), "evidence": "Bought it, thanks to Ann."},
    )  # fmt: skip
    for author, peers in {"ann": ("cy", "dee", "p1", "p2"), "ben": ("p2", "p3"), "acme": ("p9",)}.items():
        for peer in peers:
            put(warehouse, "fct_influence_edges", {"audience_person_id": peer, "author_id": author, "edge_class": "follows"})
    put(warehouse, "fct_influence_edges", {"audience_person_id": "p4", "author_id": "ben", "edge_class": "same_thread"})
    score_night(warehouse, NIGHT - timedelta(days=1), Parameters())
    score_night(warehouse, NIGHT, Parameters())
    publish_file(warehouse, folder / "published" / "groundswell.duckdb")
    return {"GROUNDSWELL_DATA": str(folder), "COLUMNS": "200"}


def asked(published: dict[str, str], *arguments: str) -> Any:
    done = groundswell(published, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def shown(published: dict[str, str], *arguments: str) -> str:
    done = groundswell(published, *arguments)
    assert done.returncode == 0, done.stderr
    assert RED not in done.stdout
    assert BACKWARDS not in done.stdout
    return done.stdout


def test_rank_shows_places_with_their_intervals_and_how_sure_they_are(published: dict[str, str]) -> None:
    page = shown(published, "rank", "--brand", "MORROWBEAN")
    first, second, third = (line.split() for line in page.splitlines() if "x.example" in line)
    assert first[:3] == ["1", "1", "Ann"]
    assert "[31m[bold]" in first
    assert second[:3] == ["2", "2-3", "שלום"]
    assert third[:3] == ["2", "2-3", "kit@x.example"]
    assert f"as of {NIGHT}" in page
    assert "3 people are ranked; 3.0 adoptions are credited to them." in page
    assert "1 of them likely moved somebody and stand first; the others are expected to." in page
    assert "No adoption is near a peer's first word: no control could be made." in page
    assert "Together these 3 reach 5 different peers whom we know (6 counted one by one)." in page
    assert "This is who moves most; who together reach most different people: groundswell shortlist." in page
    assert page.index("Ann") < page.index("Expected from what accounts like theirs do") < page.index("kit@x.example")
    assert "not calibrated yet" in page
    assert "No backtest yet: this version did not rank anybody as of 2026-09-04." in page
    assert "Acme" not in page


def test_rank_as_json_has_the_newest_night(published: dict[str, str]) -> None:
    rows = asked(published, "rank", "--brand", "morrowbean")
    assert [(row["person_id"], row["rank"], row["rank_low"], row["rank_high"], row["as_of_date"]) for row in rows] == [
        ("ann", 1, 1, 1, "2026-10-02"),
        ("ben", 2, 2, 3, "2026-10-02"),
        ("kit", 2, 2, 3, "2026-10-02"),
    ]
    assert rows[0]["credit"] == pytest.approx(3.0)
    assert [row["evidence_class"] for row in rows] == ["credited", "expected", "expected"]
    assert [row["person_id"] for row in asked(published, "rank", "--population", "brand")] == ["acme"]


def test_the_interval_is_that_of_the_persons_page(published: dict[str, str]) -> None:
    row = asked(published, "rank", "--brand", "morrowbean")[0]
    line = next(line for line in shown(published, "rank", "--brand", "morrowbean").splitlines() if "[31m[bold]" in line)
    assert f"{row['impact_low']:.1f}-{row['impact_high']:.1f}" in line.split()


def test_who_was_forgotten_is_not_shown(published: dict[str, str], tmp_path: Path) -> None:
    copy = shutil.copytree(Path(published["GROUNDSWELL_DATA"]) / "published", tmp_path / "published", symlinks=True)
    with duckdb.connect(str((copy / "groundswell.duckdb").resolve())) as connection:
        connection.execute("update marts.influencer_rankings set person_id = 'forgotten:0123456789abcdef' where person_id = 'ann'")
    rows = asked(published | {"GROUNDSWELL_DATA": str(tmp_path)}, "rank", "--brand", "morrowbean")
    assert [row["person_id"] for row in rows] == ["ben", "kit"]


def test_people_of_one_name_are_told_apart_by_channel_and_handle(published: dict[str, str], tmp_path: Path) -> None:
    copy = shutil.copytree(Path(published["GROUNDSWELL_DATA"]) / "published", tmp_path / "published", symlinks=True)
    with duckdb.connect(str((copy / "groundswell.duckdb").resolve())) as connection:
        connection.execute("update marts.persons_overview set person = 'Kit' where person_id in ('ben', 'kit')")
        connection.execute("update marts.persons_overview set handle = 'ben', url = 'https://pond.example/u/ben' where person_id = 'ben'")
    there = published | {"GROUNDSWELL_DATA": str(tmp_path)}
    page = shown(there, "rank", "--brand", "morrowbean")
    assert "Kit (mastodon, ben at pond.example)" in page
    assert "Kit (mastodon, kit@x.example)" in page
    assert "Ann" in page
    assert "Ann [31m[bold]  (" not in page
    assert [row["person"] for row in asked(there, "rank", "--brand", "morrowbean")][1:] == ["Kit", "Kit"]
    assert "Kit (" not in shown(there, "rank", "--brand", "morrowbean", "--limit", "2")


def test_it_says_that_what_is_asked_for_changes_no_figure(published: dict[str, str]) -> None:
    said = "Only who was asked for is shown: ranks and figures are those of all."
    assert said in shown(published, "rank", "--brand", "morrowbean", "--min-evidence", "1")
    assert said not in shown(published, "rank", "--brand", "morrowbean", "--until", str(NIGHT))
    assert "ranks and figures stay" in " ".join(shown(published, "rank", "--help").split())


def test_safe_picks_and_rates_are_other_orders(published: dict[str, str]) -> None:
    assert "exceeded" not in shown(published, "rank", "--safe")
    assert "safe picks" in shown(published, "rank", "--safe")
    assert "per 1,000" in shown(published, "rank", "--rate", "--limit", "1")
    assert [row["rate_rank"] for row in asked(published, "rank", "--rate")] == [1, 2, 2]


def test_why_opens_a_score_into_its_parts_and_evidence(published: dict[str, str]) -> None:
    page = shown(published, "why", "--person", "@ANN@x.example", "--brand", "Morrowbean")
    assert "rank 1 of 3 people, between 1 and 1" in page
    assert "likelier than not, they moved somebody" in page
    assert "1.00 adoptions credited" in page
    assert "2.00 adoptions credited" in page
    assert "what accounts like this one do" in page
    assert "different engagers" in page
    assert "“The press is quiet [31m.”  https://x.example/m1" in page
    assert "1.00 of: Same bought morrowbean on 2026-09-06, 1.0 days later; points at it" in page
    assert "“Bought it, thanks to Ann.”" in page
    assert "Attribution shares out the order" not in page
    found = asked(published, "why", "--person", "ann")
    row = found["ranking"]
    assert row["rate"] * row["reach"] == pytest.approx(row["impact"])
    every = shown(published, "why", "--person", "ann")
    lines = {line.split("  ")[0]: line.split() for line in every.splitlines()}
    assert lines["persuasion"][1] == f"{1000 * row['rate']:.2f}"
    assert lines["x reach"][2] == f"{row['reach']:,.1f}"
    assert lines["= impact"][2] == f"{row['impact']:.2f}"
    parts = [line for line in every.splitlines() if " adoptions credited" in line]
    assert len(parts) == sum(part["component"].startswith("credited_") for part in found["components"])
    for line in parts:
        amount, times, adoptions = (float(number) for number in re.findall(r"\d+\.\d+", line))
        assert amount * times == pytest.approx(adoptions, rel=0.02)
    expected = 1000 * math.prod(factor["multiplier"] for factor in found["factors"])
    assert f"{expected:.2f}" in lines["= adoptions for 1,000 people reached"]
    assert sum(part["contribution"] for part in found["components"]) == pytest.approx(found["ranking"]["impact"], abs=1e-9)
    assert [row["adoption_id"] for row in found["evidence"]] == ["a1", "a2", "a3"]


def test_why_says_what_it_rests_on_where_nothing_is_credited(published: dict[str, str]) -> None:
    page = shown(published, "why", "--person", "ben", "--brand", "Morrowbean")
    assert "none is credited yet" in page
    assert "expected from what accounts like this one do" in page


def test_shortlist_counts_peers_once_and_without_adopters(published: dict[str, str]) -> None:
    """Ann has dee, p1, p2 (cy has bought), Ben p2, p3; whoever is only in a thread with them is no peer."""
    picks = asked(published, "shortlist", "--brand", "Morrowbean", "--budget", "2")
    assert [(row["person_id"], row["audience"], row["new_peers"], row["overlap"], row["reached"]) for row in picks] == [
        ("ann", 3, 3, 0.0, 3),
        ("ben", 2, 1, 0.5, 4),
    ]
    page = shown(published, "shortlist", "--brand", "Morrowbean", "--budget", "2")
    assert "4 different peers" in page
    assert "would be 5" in page
    assert "This is who reach most different people; who moves most: groundswell rank." in page
    assert len(asked(published, "shortlist", "--brand", "Morrowbean", "--budget", "1")) == 1


def test_shortlist_pays_what_a_column_says(published: dict[str, str], tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("person_id,fee\nann,500\nben,20\n", encoding="utf-8")
    chosen = ("shortlist", "--brand", "Morrowbean", "--costs", str(costs), "--cost-column", "fee", "--budget")
    assert [(row["person_id"], row["spent"]) for row in asked(published, *chosen, "100")] == [("ben", 20.0)]
    assert "520.00" in shown(published, *chosen, "600")
    assert len(asked(published, "shortlist", "--brand", "Morrowbean", "--cost-column", "reach", "--budget", "80")) == 2
    assert "nobody with a known audience" in shown(published, *chosen, "1")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rank", "--brand", "Nobody"], "no brand 'Nobody' in brands.csv: there are morrowbean"),
        (["why", "--person", "nobody"], "nobody here is called 'nobody'"),
        (["why", "--person", f"x{RED}"], r"nobody here is called 'x\x1b[31m'"),
        (
            ["why", "--person", "same"],
            "2 people are called 'same': give one's id, such as 'cy' (mastodon, cy@x.example), 'dee' (mastodon, dee@x.example)",
        ),
        (["why", "--person", "cy"], "'cy' is known, but has said nothing of any brand"),
        (["shortlist", "--brand", "Nobody", "--budget", "3"], "no brand 'Nobody'"),
        (["shortlist", "--brand", "Morrowbean", "--budget", "3", "--cost-column", "fame"], "no column 'fame'"),
        (["shortlist", "--brand", "Morrowbean", "--budget", "3", "--cost-column", "person_id"], "does not hold numbers"),
        (["shortlist", "--brand", "Morrowbean", "--budget", "3", "--costs", "/nowhere.csv"], "--costs /nowhere.csv"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(published: dict[str, str], arguments: list[str], says: str) -> None:
    told = groundswell(published, *arguments)
    assert told.returncode == 1
    assert says in told.stderr
    assert RED not in told.stderr
    assert "Traceback" not in told.stderr


def test_nobody_is_ranked_yet(tmp_path: Path) -> None:
    warehouse = make_warehouse(tmp_path / "warehouse.duckdb", {})
    score_night(warehouse, NIGHT, Parameters())
    publish_file(Warehouse(warehouse.path), tmp_path / "published" / "groundswell.duckdb")
    empty = {"GROUNDSWELL_DATA": str(tmp_path), "COLUMNS": "200"}
    assert "nobody is ranked for Morrowbean yet" in shown(empty, "rank", "--brand", "Morrowbean")
    assert asked(empty, "rank") == []
    assert "nobody with a known audience" in shown(empty, "shortlist", "--brand", "Morrowbean", "--budget", "2")
