"""A new home: a folder with everything that a user tells the warehouse, ready to be filled in."""

from __future__ import annotations

import csv
import io
import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors import platforms
from connectors.extraction import Platform
from orchestration.home.retention import RETENTION
from orchestration.home.tables import TABLES, HomeError
from orchestration.settings import SOURCES, WrongUse

TEMPLATES = Path(__file__).with_name("templates")
OPEN = ("mastodon", "hacker_news")
"""The platforms of a new home's first entries: open to everybody, searched for the brand's own words."""
ADDRESSES = {"mastodon": "https://mastodon.social"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What a new home is told: one's own brand, its products, the words that name it, and the platforms of its first sources."""

    brand: str | None = None
    products: Sequence[str] = ()
    words: Sequence[str] = ()
    platforms: Sequence[str] = OPEN


def make_home(folder: Path, answers: Answers) -> list[Path]:
    """Writes the files that the folder lacks and adds entries for platforms that sources.yaml lacks; returns what was written.

    Nothing that is there already is changed but for entries at the end of sources.yaml.

    Raises:
        WrongUse: a platform is not known, or what is told is no name.
        HomeError: the folder is a file, or a home with a brand already.
    """
    unknown = [name for name in answers.platforms if name not in platforms()]
    if unknown:
        raise WrongUse(f"unknown platform {unknown[0]!r}: one of {', '.join(platforms())}")
    for told in (*([] if answers.brand is None else [answers.brand]), *answers.products, *answers.words):
        if not told.strip() or not told.isprintable():
            raise WrongUse(f"{told!r} is no name: it is empty, or has line breaks or control characters in it")
    if folder.exists() and not folder.is_dir():
        raise HomeError(f"{folder} is a file: name a folder")
    if (answers.brand or answers.products or answers.words) and (folder / "brands.csv").exists():
        raise HomeError(
            f"{folder} is a home already: write your brand, its products and words into brands.csv, products.csv, brand_terms.csv"
        )
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, text in _files(answers):
        file = folder / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
            file.chmod(0o600)
            written.append(file)
    sources = folder / SOURCES
    listed = sources.read_text(encoding="utf-8") if sources.exists() else (TEMPLATES / SOURCES).read_text(encoding="utf-8")
    lacking = [name for name in answers.platforms if not re.search(rf"^\s*platform:\s*{name}\s*(#.*)?$", listed, re.MULTILINE)]
    if lacking or not sources.exists():
        sources.write_text(listed.rstrip("\n") + "\n" + "".join(map(entry, lacking)), encoding="utf-8")
        written.append(sources)
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    return written


def adopt(clone: Path, folder: Path) -> list[Path]:
    """Brings what an installation from before homes told inside the program's own tree into a home; its data stay where they are.

    Raises:
        HomeError: the clone holds no such thing, or the folder is a home already.
    """
    seeds, sources = clone / "dbt_project" / "seeds", clone / "connectors" / SOURCES
    if not sources.is_file() or not (seeds / "brands.csv").is_file():
        raise HomeError(f"{clone} is no installation from before homes: it has no connectors/{SOURCES} and dbt_project/seeds/brands.csv")
    if (folder / SOURCES).exists():
        raise HomeError(f"{folder} is a home already: name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        if (seeds / f"{name}.csv").is_file():
            shutil.copyfile(seeds / f"{name}.csv", folder / f"{name}.csv")
    shutil.copyfile(sources, folder / SOURCES)
    written = [folder / f"{name}.csv" for name in TABLES if (folder / f"{name}.csv").exists()] + [folder / SOURCES]
    if (data := clone / "data").is_dir():
        (folder / ".env").write_text(f"GROUNDSWELL_DATA={data.resolve()}\n", encoding="utf-8")
        (folder / ".env").chmod(0o600)
    return written + make_home(folder, Answers(platforms=()))


def entry(name: str) -> str:
    """An entry of sources.yaml for a platform, with what it cannot do without; what is to be changed says so."""
    source = platforms()[name]
    lines = [f"  - name: my_{name}", f"    platform: {name}"]
    if source.base_url is None and "base_url" in source.requires:
        known = ADDRESSES.get(name)
        lines.append(f"    base_url: {known or 'https://change-me.example'}" + ("" if known else "  # change: the address of yours"))
    lines += [f"    {key}: {example}" for key, example in _examples(source)]
    secrets = {secret: f"{name}_{secret}".upper() for secret, required in source.secrets.items() if required}
    if secrets:
        named = ", ".join(f"{secret}: {variable}" for secret, variable in secrets.items())
        lines.append(f"    secrets: {{{named}}}  # write {', '.join(secrets.values())} into .env")
    return "\n".join(lines) + "\n"


def _examples(source: Platform) -> Iterator[tuple[str, str]]:
    shown = {
        "feeds": "[https://change-me.example/feed.xml]  # change: addresses of feeds",
        "accounts": "[change_me]  # change: whom to follow",
        "pages": "[change_me]  # change: pages to follow",
        "communities": "[change_me]  # change: communities to follow",
        "path": "exports  # change: the folder of the files, in this one",
    }
    searched = source.takes_brand_terms and source.follows & {"terms", "tags"}
    for key in ("feeds", "accounts", "pages", "communities", "path"):
        if key in source.requires or (key in source.follows and not searched and not source.requires):
            yield key, shown[key]
            if key not in source.requires:
                return


def _files(answers: Answers) -> Iterator[tuple[str, str]]:
    for name in TABLES:
        template = TEMPLATES / f"{name}.csv"
        text = template.read_text(encoding="utf-8") if template.exists() else _csv([list(TABLES[name].columns)])
        yield f"{name}.csv", text + _csv(_rows(name, answers))
    yield RETENTION, (TEMPLATES / RETENTION).read_text(encoding="utf-8")
    for name in ("env", "gitignore"):
        yield f".{name}", (TEMPLATES / name).read_text(encoding="utf-8")


def _rows(table: str, answers: Answers) -> list[list[str]]:
    if not answers.brand:
        return []
    brand = slug(answers.brand)
    words = dict.fromkeys((answers.brand, *answers.words))
    rows: Mapping[str, list[list[str]]] = {
        "brands": [[brand, answers.brand, "general", "true"]],
        "products": [[slug(product), brand, product, "", ""] for product in dict.fromkeys(answers.products)],
        "brand_terms": [
            *([brand, "", word, "word", "", ""] for word in words),
            [brand, "", f"#{brand.replace('_', '')}", "hashtag", "", ""],
            *([brand, slug(product), product, "word", "", ""] for product in dict.fromkeys(answers.products) if product not in words),
        ],
    }
    return rows.get(table, [])


def slug(name: str) -> str:
    """An id made from a name: its letters and digits, parted by underscores."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return made or "n" + name.encode().hex()[:16]


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
