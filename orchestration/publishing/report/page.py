"""The report as HTML files that need nothing else, neither network nor script: one over all brands and one for each, linked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import jinja2
from markupsafe import Markup

from orchestration.publishing.report import charts, datasets, sentences, texts
from orchestration.publishing.report.mentions import Listening, listening, read_mentions
from orchestration.publishing.report.people import Ranking, rankings
from orchestration.publishing.report.periods import Edition, Period, period
from orchestration.publishing.report.reach import reach
from orchestration.publishing.report.sentences import Asked
from orchestration.publishing.report.voice import SILENCE, Subject, Voice, gained_least_last, subjects, voices
from orchestration.warehouse.warehouse import NotPublished, point, sync

TEMPLATES = Path(__file__).with_name("templates")
PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Brand:
    """What is known of one brand. `file`: the name of its page."""

    id: str
    name: str
    category: str
    is_ours: bool
    file: str
    voice: Voice
    ranking: Ranking | None
    subjects: Sequence[Subject]
    asked: Asked
    threads: Sequence[Row]
    reach: Sequence[Row]
    campaigns: Sequence[Sequence[Row]]
    sentences: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a period. `is_past`: as of a night that later ones follow; `ranking`: over all brands."""

    period: Period
    known: Listening
    is_past: bool
    has_evidence: bool
    file: str
    brands: Sequence[Brand]
    ranking: Ranking | None
    topics: Sequence[Subject]
    asked: Asked
    threads: Sequence[Row]
    sources: Sequence[Row]
    backtests: Sequence[Row]
    sentences: Sequence[Markup]

    @property
    def older_ranking(self) -> date | None:
        """The night of the rankings, where it is not that of the report."""
        return self.ranking.ranked_on if self.ranking and self.ranking.ranked_on != self.period.night else None


def write_report(
    folder: Path, connection: duckdb.DuckDBPyConnection, night: date, zone: str, *, edition: Edition = Edition.night, is_past: bool = False
) -> Path:
    """Writes the pages of a night, or of the week or month that was over by then, from the published file; returns that of all brands.

    `latest.html` points at the newest night's. zone: of the nights. is_past: the connection shows the night as a later one knows it
    (`open_as_of`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = read_report(connection, period(edition, night), zone, is_past=is_past)
    pages = render(report)
    for name, text in pages.items():
        fresh = folder / f".{name}.new"
        fresh.write_text(text, encoding="utf-8")
        sync(fresh)
        fresh.replace(folder / name)
    for page in written_pages(folder):
        if page.name.startswith(f"{report.period.name}.") and page.name not in pages:
            page.unlink()  # of a brand that is no longer there
    page = folder / report.file
    if edition is Edition.night and page == max(folder.glob("????-??-??.html")):
        point(folder / "latest.html", page.name)
    return page


def file_name(of: Period, brand_id: str | None = None) -> str:
    """What the page of a period is called, or a brand's of it: the same whatever other brands there are, and a name on any disk."""
    if brand_id is None:
        return f"{of.name}.html"
    if PLAIN.fullmatch(brand_id):
        return f"{of.name}.{brand_id}.html"
    plain = re.sub(r"[^a-z0-9]+", "-", brand_id.lower()).strip("-")[:40]
    return ".".join(part for part in (of.name, plain, hashlib.sha256(brand_id.encode()).hexdigest()[:10], "html") if part)


def written_pages(folder: Path) -> Iterator[Path]:
    """Every page that was written, of all editions and brands."""
    yield from (path for path in sorted(folder.glob("*.html")) if not path.is_symlink())


def newest_night(connection: duckdb.DuckDBPyConnection) -> date:
    """The night that the published file was made in.

    Raises:
        NotPublished: it holds no night.
    """
    ((night,),) = connection.execute("select max(observed_date) from ops_source_runs").fetchall()
    if night is None:
        raise NotPublished("the published file holds no night")
    return date.fromisoformat(str(night))


def has_later(connection: duckdb.DuckDBPyConnection, night: date) -> bool:
    """Whether the published file knows a later night."""
    ((later,),) = connection.execute("select coalesce(bool_or(observed_date > ?), false) from ops_source_runs", [night]).fetchall()
    return bool(later)


def read_report(connection: duckdb.DuckDBPyConnection, of: Period, zone: str, *, is_past: bool = False) -> Report:
    """All that the pages show; campaigns and questions only of the newest night, which alone knows them."""
    known = listening(connection, of, zone)
    read_mentions(connection, of)
    said, spoken_of, ranked = voices(connection, of, known), subjects(connection, known), rankings(connection, of)
    asked, threads = ({}, []) if is_past else datasets.questions(connection, of, zone)
    reached, results = reach(connection), {} if is_past else datasets.campaigns(connection)
    listed = connection.execute("select brand_id, brand_name, category, is_ours from dim_brands order by not is_ours, category, 2")

    def brand(brand_id: str, name: str, category: str, is_ours: bool) -> Brand:
        voice, ranking, questions = said.get(brand_id, SILENCE), ranked.get(("brand", brand_id)), asked.get(name, Asked())
        told = [sentences.what_changed({name: voice}, of, known), sentences.who_moves(ranking, name)]
        return Brand(
            brand_id, name, category, is_ours, file_name(of, brand_id), voice, ranking,
            sorted([*spoken_of.get(brand_id, []), *spoken_of.get(category, [])], key=gained_least_last), questions,
            [row for row in threads if row["brand"] == name][: datasets.THREADS], reached.get(brand_id, []), results.get(name, []),
            told if is_past else [*told, sentences.what_to_do(questions, ranking, name, of, known)],
        )  # fmt: skip

    brands = [brand(*row) for row in listed.fetchall()]
    ours, overall = [one for one in brands if one.is_ours] or brands, ranked.get(("all", "all"))
    questions = Asked(*(sum(getattr(one.asked, part) for one in ours) for part in ("asked", "open", "asked_before", "open_before")))
    told = [sentences.what_changed({one.name: one.voice for one in ours}, of, known), sentences.who_moves(overall, "all brands")]
    kept = connection.execute("select 1 from ranking_components where as_of_date = ? limit 1", [overall and overall.ranked_on])
    topics = [one for category in dict.fromkeys(one.category for one in ours) for one in spoken_of.get(category, [])]
    return Report(
        of, known, is_past, bool(kept.fetchall()), file_name(of), brands, overall, sorted(topics, key=gained_least_last), questions,
        [row for row in threads if row["is_ours"] is not False][: datasets.THREADS],
        datasets.sources(connection), datasets.backtests(connection),
        told if is_past else [*told, sentences.what_to_do(questions, overall, "our brands", of, known)],
    )  # fmt: skip


def render(report: Report) -> dict[str, str]:
    """The pages by the names of their files."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {name: getattr(texts, name) for name in ("shown", "link", "number", "signed", "percent", "amount", "day")}
    environment.filters |= {name: getattr(sentences, name) for name in ("grown", "moved", "stepped", "name")}
    environment.globals |= {"NAMED": texts.NAMED, "QUOTED": texts.QUOTED, "charts": charts, "report": report}
    pages = {report.file: environment.get_template("all.html").render()}
    template = environment.get_template("brand.html")
    return pages | {brand.file: template.render(brand=brand) for brand in report.brands}
