"""Prints every table; those that need labelled text or recorded payloads say so where there are none."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.signals.training.labelled import Labelled, read_examples, read_labelled
from tests.bench.signals.adoption import adoption_rows, kind_rows, language_rows
from tests.bench.signals.intent import intent_table, purchase_rows
from tests.bench.signals.others import disclosure_rows, language_figures
from tests.bench.signals.speed import SIZES, memory_rows, speed_rows
from tests.bench.signals.stance import EXAMPLES, left_out_rows, stance_rows

LABELLED = Path(os.environ.get("LABELLED", "../shared/labelled"))
CAN_SEE_MEMORY = Path("/proc/self/clear_refs").exists()
THRESHOLD = 0.55  # min_adoption_probability of dbt_project.yml
PAYLOADS = Path(os.environ.get("GROUNDSWELL_PAYLOADS", "../shared/payloads"))
console = Console()


def show(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Prints a table whose first column is text."""
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def number(value: float) -> str:
    """Three digits; a dash where there is none."""
    return "-" if value != value else f"{value:.3f}"


def show_stance(folder: Path) -> None:
    """Stance by set, and by set without its register."""
    with console.status("reading labelled text"):
        sets = {**read_labelled(folder), "mentions": Labelled(read_examples()[0], read_examples(EXAMPLES)[0])}
    rows: dict[str, list[str]] = {}
    with console.status("reading stance") as status:
        for name, scores in stance_rows(sets):
            ahead = scores["ours"] - scores["VADER"]
            ways = [scores[way] for way in ("ours", "VADER")] + [ahead] + [scores[way] for way in ("TF-IDF + LR", "majority")]
            rows[name] = [name, f"{scores['rows']:,.0f}", *map(number, ways), "-"]
            status.update(f"reading stance: {name} done")
        for name, score in left_out_rows(sets):
            rows[name][-1] = number(score)
            status.update(f"learning without a register: {name} done")
    columns = ["test split", "rows", "ours", "VADER", "ahead", "TF-IDF + LR", "majority", "ours, register unseen"]
    show("Stance, macro-F1 (`general` and `review_sentences`: of the whole text)", columns, list(rows.values()))


def show_adoptions(folder: Path) -> None:
    """Adoptions on real posts and on own sentences."""
    columns = ["", "rows", "precision", "95 %", "recall", "95 %", "average precision", "calibration error"]
    rows = [
        [what, f"{count:,}", number(precision), of_precision, number(recall), of_recall, number(average), number(error)]
        for what, count, precision, of_precision, recall, of_recall, average, error in adoption_rows(folder, THRESHOLD)
    ]
    show("Adoptions in real posts, the half that was not trained on", columns, rows)
    figures = kind_rows(folder)
    show("Intent and stance of the same posts", list(figures), [[number(figure) for figure in figures.values()]])


def main() -> None:
    """Prints every table."""
    languages = [[row[0], f"{row[1]:,}", *map(number, row[2:])] for row in language_rows(THRESHOLD)]
    show("Own sentences that were not trained on", ["language", "rows", "adoptions, precision", "recall", "stance, macro-F1"], languages)
    scores, classes = intent_table()
    show("Intent, macro-F1 on hand-written mentions", list(scores), [[number(score) for score in scores.values()]])
    columns = ["intent", "precision", "recall", "F1", "rows"]
    show("Intent by class", columns, [[row[0], *map(number, row[1:4]), str(row[4])] for row in classes])
    cases = [[row[0], number(row[1]), number(row[2]), str(row[3])] for row in disclosure_rows()]
    show("Disclosure on hand-written cases", ["class", "precision", "recall", "cases"], cases)
    if PAYLOADS.is_dir():
        figures = language_figures(PAYLOADS)
        shown = [f"{figures['posts']:,.0f}", number(figures["named"]), number(figures["as declared"])]
        show("Language of recorded posts, against what the platform declares", ["posts", "named", "as declared"], [shown])
    else:
        console.print(f"no recorded payloads in {PAYLOADS}: language is not measured")
    with console.status("measuring speed"):
        speeds = [[what, f"{ours:,.0f}", other, f"{theirs:,.0f}" if other else "-"] for what, ours, other, theirs in speed_rows()]
        peaks = [[what, *(f"{peak:,.0f} MB" for peak in of_size)] for what, of_size in memory_rows()] if CAN_SEE_MEMORY else []
    show("Speed, per second", ["", "ours", "against", "theirs"], speeds)
    show("Peak memory while reading", ["", *(f"{size:,}" for size in SIZES)], peaks)
    if not LABELLED.is_dir():
        console.print(f"no labelled text in {LABELLED}: stance and purchase intent are not measured")
        return
    with console.status("reading adoptions"):
        show_adoptions(LABELLED)
    with console.status("reading purchase intent"):
        purchase = [[what, number(three), number(two)] for what, three, two in purchase_rows(LABELLED)]
    show("Purchase intent, macro-F1 on the test split", ["", "yes, no, undefined", "yes, no"], purchase)
    show_stance(LABELLED)


if __name__ == "__main__":
    main()
