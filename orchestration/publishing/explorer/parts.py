"""What the explorer's page is put together from: tables, charts, files, and the SQL behind them. What comes from outside is text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import marimo as mo
import polars as pl
from polars import selectors as cs

from orchestration.publishing.explorer import charts, figures
from orchestration.publishing.explorer.figures import Choice, Figure, Known
from orchestration.publishing.report.texts import link, shown
from orchestration.publishing.scopes import Scope, UnknownName
from orchestration.publishing.spreadsheet import write_csv, write_xlsx
from orchestration.publishing.superset.bundle import TURNING

ROWS = 20
"""Of a table that are shown at once."""
QUOTED = 5
"""Of the evidence that is shown in words; the table below has all."""
TURNED = f"[{''.join(map(chr, TURNING))}]"
JOINER = "\N{WORD JOINER}"
"""Is not seen, and keeps a table from making links and images of texts; of addresses in columns of their own it makes links."""
SCHEME = "(?i)(https?:|^data:)"
IMAGE = r"(?i)^(https?:|data:)(image/.*|//avatars\.githubusercontent\.com/.*|.*\.(?:png|jpe?g|gif|webp|svg|ico)(?:\?.*)?)$"
STYLES = {
    "h1": "font-size: 1.5rem; font-weight: 600; margin: 0",
    "h2": "font-size: 1.25rem; font-weight: 600; margin: 1rem 0 0; overflow-wrap: anywhere",
    "h3": "font-weight: 600; margin: 1rem 0 0",
    "p": "margin: 0; overflow-wrap: anywhere",
    "quote": "border-left: 3px solid #888; margin: 0; padding-left: 0.75rem; overflow-wrap: anywhere",
    "pre": "font-size: 0.8rem; white-space: pre-wrap; overflow-wrap: anywhere",
}
HEADINGS = {
    "places": "Places in the newest night",
    "evidence": "The adoptions behind the rank",
    "score": "The score as a sum",
    "posts": "Posts that went furthest",
    "answered_by": "Who answers, passes on or names them most",
    "accounts": "Accounts, and by what they are known to be one person's",
    "weeks": "What they said of brands and topics, by week",
    "payments": "What was paid or given to them",
    "lists": "Lists that they are on",
}
"""Of a person's page, in the order in which it is shown."""


def options(everything: str, names: Mapping[str, str]) -> dict[str, str | None]:
    """What a control offers, the name to be shown first: a name that several have is told apart by its id."""
    several = {name for name in names.values() if list(names.values()).count(name) > 1}
    return {everything: None} | {f"{name} ({known_id})" if name in several else name: known_id for known_id, name in names.items()}


def text(words: str, tag: Literal["h1", "h2", "h3", "p", "pre"] = "p") -> mo.Html:
    """Words as they are, neither HTML nor Markdown."""
    return mo.Html(f'<{tag} style="{STYLES[tag]}">{escape(words.translate(dict.fromkeys(TURNING)))}</{tag}>')


def table(frame: pl.DataFrame, marks: bool = False, rows: int = ROWS) -> mo.ui.table:
    """So many rows at once; `marks`: one can be marked. Files are made by `downloads`, which keep formulas text."""
    addresses = cs.string() & cs.ends_with("url")
    cells = frame.with_columns(
        (cs.string() - addresses).str.replace_all(TURNED, "").str.replace_all(SCHEME, f"${{1}}{JOINER}"),
        addresses.str.replace(IMAGE, f"${{1}}{JOINER}${{2}}"),
        cs.float().round(3),
        cs.decimal().cast(pl.Float64),
        cs.datetime().dt.strftime("%Y-%m-%d %H:%M"),
    )
    return mo.ui.table(
        cells, selection="single" if marks else None, page_size=rows, pagination=frame.height > rows, show_search=frame.height > rows,
        show_download=False, show_column_summaries=False, show_data_types=False, max_columns=None,
    )  # fmt: skip


def downloads(frame: pl.DataFrame, name: str) -> mo.Html:
    """The whole frame as a file, made when it is asked for."""

    def made(write: Callable[[pl.DataFrame, BytesIO], None]) -> Callable[[], bytes]:
        def content() -> bytes:
            file = BytesIO()
            write(frame, file)
            return file.getvalue()

        return content

    return mo.hstack(
        [
            mo.download(made(write_csv), filename=f"{name}.csv", label="CSV"),
            mo.download(made(write_xlsx), filename=f"{name}.xlsx", label="Excel"),
        ],
        justify="start",
    )


def figure(asked: Figure, frame: pl.DataFrame, name: str, rows: mo.ui.table | None = None, drawn: Any = None) -> mo.Html:
    """A chart, its table, its files and its SQL."""
    if frame.is_empty():
        return mo.vstack([text("There is nothing of the kind."), sql(asked)])
    return mo.vstack([*([drawn] if drawn is not None else []), table(frame) if rows is None else rows, downloads(frame, name), sql(asked)])


def sql(asked: Figure) -> mo.Html:
    """The query, to be opened."""
    return mo.accordion({"SQL": text(asked.sql, "pre")})


def heading(known: Known) -> mo.Html:
    """What it is, and of which night."""
    of = f"Rankings as of {known.night}." if known.night else "Nobody is ranked yet."
    return mo.vstack([text("Groundswell", "h1"), text(f"{of} Read only; nothing leaves this machine.")], gap=0)


def page(name: str, choice: Choice, of: Scope, asked: Figure, frame: pl.DataFrame, rows: mo.ui.table) -> mo.Html:
    """One of PAGES."""
    this = PAGES[name]
    drawn = None if frame.is_empty() else this.draws(frame)
    mark = [text("Mark a row to see all that is known of the person.")] if "person_id" in frame.columns and not frame.is_empty() else []
    return mo.vstack([text(this.says(choice, of)), *mark, figure(asked, frame, name.lower(), rows, drawn)])


def person(published: Path, known_id: str, of: Scope, known: Known) -> mo.Html:
    """All that is known of a person, the evidence first."""
    asked = figures.person(known_id, of, known)
    found = dict(zip(asked, figures.answers(published, *asked.values()), strict=True))
    if found["overview"].is_empty():
        return text("Nothing is published of them.")
    overview = found["overview"].to_dicts()[0]
    known_of = {name: f"{value:.3f}" if isinstance(value, float) else str(value) for name, value in overview.items() if value is not None}
    facts = pl.DataFrame({"what": list(known_of), "is": list(known_of.values())})
    page = [text(str(overview["person"]), "h2"), figure(asked["overview"], found["overview"], "person", table(facts, rows=facts.height))]
    for part, title in HEADINGS.items():
        if found[part].is_empty():
            continue
        drawn = charts.spoken(found[part]) if part == "weeks" else quotes(found[part]) if part == "evidence" else None
        page += [
            text(title + (f": {of.name}" if part in ("evidence", "score") else ""), "h3"),
            figure(asked[part], found[part], part, drawn=drawn),
        ]
    if found["evidence"].is_empty():
        page.insert(1, text(f"No adoption is credited to them for {of.name}: what they move is expected of accounts like theirs."))
    return mo.vstack(page)


def quotes(evidence: pl.DataFrame) -> mo.Html:
    """What was said, and what who adopted said, with links."""
    lines: list[mo.Html] = []
    for row in evidence.head(QUOTED).iter_rows(named=True):
        who, what = shown(row["person"] or "a customer", 60), f"{row['adoption_kind'] or 'adopted'} {row['object_id'] or ''}"
        lines.append(
            text(f"{row['credit']:.0%} of an adoption: {who} {what} on {row['adopted_at']:%Y-%m-%d}, {row['lag_days']:.1f} days later")
        )
        for words, url in ((row["said"], row["said_url"]), (row["adopter_said"], row["adopter_url"])):
            if words or link(url):
                lines.append(quote(words, url))
    return mo.vstack(lines)


def quote(words: str | None, url: str | None) -> mo.Html:
    """Words of a post, and where it is, for whom wants to follow it."""
    said = f"“{escape(shown(words, 400))}”" if words else "no sentence of it is held"
    where = (
        f' <a href="{escape(address)}" style="text-decoration: underline" target="_blank" rel="noopener noreferrer">post</a>'
        if (address := link(url))
        else ""
    )
    return mo.Html(f'<blockquote style="{STYLES["quote"]}">{said}{where}</blockquote>')


def marked(published: Path, rows: mo.ui.table, of: Scope, known: Known) -> mo.Html | None:
    """The page of whom the marked row is of, where one is."""
    row = rows.value
    if not isinstance(row, pl.DataFrame) or row.is_empty() or row["person_id"][0] is None:
        return None
    return person(published, row["person_id"][0].replace(JOINER, ""), of, known)


def looked_up(published: Path, name: str, of: Scope, known: Known) -> mo.Html | None:
    """The page of whom a name, handle or id is of, or why there is none."""
    if not name.strip():
        return None
    try:
        return person(published, figures.found_person(published, name.strip()), of, known)
    except UnknownName as error:
        return text(str(error))


def _ranked(choice: Choice, of: Scope) -> str:
    there = " on the channel" if of.kind == "brand" and choice.channel else ""
    listed = f", of the list {choice.members_of}" if choice.members_of else ""
    return (
        f"Whose words move most peers: {of.name}. Shown are those who spoke of it{there} from {choice.since} to {choice.until}{listed}; "
        "their ranks are those among all. mention_count: mentions that the score counts, without warnings, complaints and questions; "
        "earned and paid: all of the 180 days that it looks at."
    )


def _voice(frame: pl.DataFrame) -> mo.Html:
    over = frame.filter(pl.col("is_over"))
    frame = frame if over.is_empty() else over
    return mo.vstack(
        [charts.weeks(frame, "mention_share", "share of voice", ".0%"), charts.weeks(frame, "mention_count", "mentions", ",.0f")]
    )


@dataclass(frozen=True, slots=True)
class Page:
    """What a page asks, how it draws the answer, and what it says of it."""

    asks: Callable[[Choice, Scope], Figure]
    draws: Callable[[pl.DataFrame], Any]
    says: Callable[[Choice, Scope], str]


PAGES: Mapping[str, Page] = {
    "Ranking": Page(figures.ranking, charts.intervals, _ranked),
    "Voice": Page(
        lambda choice, _: figures.voice(choice),
        _voice,
        lambda *_: (
            "How much is said of each brand by people, paid or not, by week; shares are of the brand's category. "
            "Drawn are weeks that are over; the table has the running one, too."
        ),
    ),
    "Topics": Page(
        lambda choice, _: figures.topics(choice),
        charts.topics,
        lambda *_: "What posts are of, and how many were in as many days before; of a brand: posts that speak of it, too.",
    ),
    "Campaigns": Page(
        lambda choice, _: figures.campaigns(choice),
        charts.campaigns,
        lambda *_: "Campaigns that run in the period. Adoptions are those that would not have come without them.",
    ),
    "Mentions": Page(lambda choice, _: figures.mentions(choice), lambda _: None, lambda *_: f"The newest {figures.ROWS:,} mentions."),
}
