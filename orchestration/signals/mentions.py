"""Which brands, products and topics a post mentions, by the terms of the seeds, and where in its text.

Text and terms are compared folded: canonically decomposed, case folded, each run of white space one space. Folding moves offsets
(`ß` becomes two characters, `é` two, `İ` two), so a text is cut into pieces that fold each on its own: a run of ASCII, which keeps
its offsets, or one other character with its marks, which a match has to take whole. A piece knows where it stands in the text and in
the folded text; that leads every match back to the characters that were written.

Places count on over all documents of a batch, so that matches of two documents never overlap and no step has to tell them apart.
"""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars import col

EXTRACTOR_VERSION = "terms-2"
KINDS = ("word", "hashtag", "handle", "domain")
TERMS = {name: pl.String() for name in ("brand_id", "product_id", "term", "kind", "exclusions", "contexts", "topic_id")}
MENTIONS = {
    "post_id": pl.String(),
    "brand_id": pl.String(),
    "product_id": pl.String(),
    "term": pl.String(),
    "term_kind": pl.String(),
    "span_start": pl.Int32(),
    "span_end": pl.Int32(),
    "matched_text": pl.String(),
    "extractor_version": pl.String(),
    "text_hash": pl.String(),
    "topic_id": pl.String(),
}

PATTERNS = {"term_row": pl.UInt32(), "kind": pl.String(), "pattern": pl.String()}
BATCH_BYTES = 32_000_000  # of text read at once: memory stays flat however many posts there are
CONTEXT = 300  # bytes looked at beside a match: a host name has up to 253

# A character takes at most 30 marks with it (Unicode's stream-safe limit): ordering the marks of a hostile text is quadratic.
PIECE = r"[!-~]+(?: [!-~]+)*|\s+|(?s:.)\p{M}{0,30}"
TYPED = {0xFF03: "#", 0xFF20: "@", 0x2019: "'"}  # full-width hash and at sign, curly apostrophe

# Scripts that put spaces between words. The others (Han, kana, Thai, ...) have no edges to look for, and Hangul's particles follow
# a name without a space. Digits, underscores and joiners belong to the word that they touch; the marks of an emoji make no letter.
SPACED = ["Latin", "Greek", "Cyrillic", "Armenian", "Georgian", "Hebrew", "Arabic", "Syriac", "Thaana", "Nko", "Ethiopic", "Cherokee"]
SPACED += ["Mongolian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"]
ANY_SCRIPT = r"\p{Nd}\p{Pc}\u{200C}\u{200D}"
EMOJI_MARK = r"[\u{FE00}-\u{FE0F}\u{20E3}]"
MARK = rf"[\p{{M}}--{EMOJI_MARK}]"
LETTERS = [rf"[{ANY_SCRIPT}\p{{{script}}}]" for script in SPACED]
JOINED_BEFORE = "(?:" + "|".join(f"{letter}{MARK}*{letter}" for letter in LETTERS) + ")$"
JOINED_AFTER = "^(?:" + "|".join(f"{letter}(?:{letter}|{MARK})" for letter in LETTERS) + ")"
WORD_BEFORE = rf"[{''.join(LETTERS)}]{MARK}*$"
TAG_BEFORE = rf"{WORD_BEFORE}|[&/]$"  # `page/#ad` is a place in a page, `&#39` a character
TAG_AFTER = rf"^[\w--{EMOJI_MARK}]"
HANDLE_AFTER = r"^[.-][a-z0-9_]"
# What may stand before a domain for it to end a host: a break, `https://` or `//`, a user, labels of a subdomain; each but the break
# may be missing. `https://` after a path (of an archive or a redirect) begins no host. A character beyond ASCII ends a URL.
BREAK = r"[[^\w/?#=&%@.~+-][^\x00-\x7F]]"
USER = r"(?:[^\s/?#@]*@)?"
HOST_BEFORE = rf"(?:(?:^|{BREAK})(?:[a-z][a-z0-9+.-]*://{USER})?|(?:^|[{BREAK}--:])//{USER})(?:[a-z0-9_-]+\.)*$"
HOST_AFTER = r"^(?:[-@]|\.[a-z0-9_-]|:[^\s/?#@]*@)"


def load_terms(path: Path) -> pl.DataFrame:
    """The terms of a `brand_terms.csv`: columns brand_id, product_id, term, kind, exclusions, contexts; an empty cell is NULL.

    Raises ValueError, naming file and line, for a file that is no CSV in UTF-8, a missing column, a row of the wrong length, an empty
    brand or term, an unknown kind, a tag, handle or domain with white space, and a term that another line has already (folded alike:
    a term belongs to one brand).
    """
    seen: dict[tuple[str, str], int] = {}
    rows: list[dict[str, str | None]] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            columns = [name for name in TERMS if name != "topic_id"]
            if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
                raise ValueError(f"missing column {', '.join(missing)}")
            for cells in reader:
                if None in cells or None in cells.values():
                    raise ValueError(f"expected {len(reader.fieldnames or ())} cells")
                row = {name: cells[name].strip() for name in columns}
                key = _checked(row)
                if key in seen:
                    raise ValueError(f"{row['kind']} {row['term']!r} is a duplicate of line {seen[key]}")
                seen[key] = reader.line_num
                rows.append({name: value or None for name, value in row.items()})
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}:{max(reader.reader.line_num, 1)}: {error}") from error
    return pl.DataFrame(rows, schema=TERMS)


def find_mentions(posts: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """One row per span of a post's text that names a brand, product or topic, ordered by post and span; the columns of MENTIONS.

    posts: post_id, text, urls (list of the post's links; it and the text may be NULL). terms: the columns of TERMS, each of a brand
    (and product) or of a topic; exclusions and contexts are phrases, parted by |. A match that overlaps an exclusion of its term
    does not count; where a term has contexts, one of them has to stand in the post's text: a word keeps one sense in a text
    (Gale, Church and Yarowsky 1992, "One sense per discourse"). A missing column is all NULL.

    Spans are characters of the text, end exclusive. A domain that stands only in `urls` has a NULL span, once per post and term.
    Among overlapping matches the longest wins, whosever it is, then the first. `text_hash` is the text's SHA-256 in hexadecimal,
    as DuckDB's sha256().
    """
    terms = pl.concat([pl.DataFrame(schema=TERMS), terms], how="diagonal").select(*TERMS).with_row_index("term_row")
    patterns = _patterns(terms)
    found = [_read(batch, terms, patterns) for batch in _batches(posts)] if patterns.height else []
    order = ["post_id", "span_start", "brand_id", "product_id", "topic_id", "term"]
    return pl.concat([pl.DataFrame(schema=MENTIONS), *found]).sort(order, nulls_last=True)


def _checked(row: dict[str, str]) -> tuple[str, str]:
    """What makes a term unique: its kind and its pattern. Raises ValueError where the row is no term."""
    kind, term = row["kind"], row["term"]
    if not row["brand_id"]:
        raise ValueError("empty brand_id")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
    pattern = _pattern(kind, term)
    name = pattern.strip("#@")
    if not name:
        raise ValueError("empty term")
    if unicodedata.category(name[0]).startswith("M"):
        raise ValueError(f"a term cannot begin with a mark that belongs to the letter before it: {term!r}")
    if kind != "word" and " " in pattern:
        raise ValueError(f"a {kind} has no spaces: {term!r}")
    return kind, pattern


def _folded(text: str) -> str:
    if text.isspace():
        return " "
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text.translate(TYPED)).casefold())


def _pattern(kind: str, term: str) -> str:
    """What is looked for in folded text; a tag or handle may be given with or without its sign."""
    folded = _folded(" ".join(term.split()))
    sign = {"hashtag": "#", "handle": "@"}.get(kind)
    return sign + folded.lstrip(sign) if sign else folded


def _patterns(terms: pl.DataFrame) -> pl.DataFrame:
    """One row per term, phrase that voids it (kind `exclusion`), and `context`: its pattern with the first and the last base character.

    Many terms may share a context: it stands there once and has no term_row.
    """
    rows = [(row, kind, _pattern(kind, term)) for row, kind, term in terms.select("term_row", "kind", "term").iter_rows()]
    rows += [(row, "exclusion", pattern) for row, pattern in _phrases(terms, "exclusions")]
    rows += [(None, "context", pattern) for pattern in dict.fromkeys(pattern for _, pattern in _phrases(terms, "contexts"))]
    return pl.DataFrame(rows, schema=PATTERNS, orient="row").with_columns(
        first=col("pattern").str.head(1),
        last=col("pattern").str.extract(rf"((?s:.)){MARK}*$"),
    )


def _phrases(terms: pl.DataFrame, column: str) -> Iterator[tuple[int, str]]:
    for row, phrases in terms.select("term_row", column).drop_nulls().iter_rows():
        yield from ((row, _pattern("word", phrase)) for phrase in phrases.split("|") if phrase.strip())


def _batches(posts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    links = col("urls").list.eval(pl.element().str.len_bytes()).list.sum()
    batch = pl.sum_horizontal(col("text").str.len_bytes(), links).cast(pl.Int64).cum_sum() // BATCH_BYTES
    for part in posts.select("post_id", "text", "urls", batch=batch).partition_by("batch", maintain_order=True):
        yield part.with_row_index("post_row")


def _read(posts: pl.DataFrame, terms: pl.DataFrame, patterns: pl.DataFrame) -> pl.DataFrame:
    links = posts.select("post_row", text="urls", is_text=False).explode("text").unique(maintain_order=True)
    documents = pl.concat([posts.select("post_row", "text", is_text=True), links]).drop_nulls("text").with_row_index("document")
    chars, size = (length.cast(pl.Int64) for length in (col("text").str.len_chars(), col("text").str.len_bytes()))
    documents = documents.with_columns(document_at=chars.cum_sum() - chars, document_byte_at=size.cum_sum() - size)
    pieces = _pieces(documents)
    hits = _hits(pieces, patterns).join(documents.select("document", "is_text"), on="document")
    hits = hits.filter(col("is_text") | (col("kind") == "domain")).drop("is_text")
    hits = _alone(_placed(hits, pieces)).join(documents.select("document", "post_row"), on="document")
    matches = _in_context(_not_voided(hits), hits, terms).drop("post_row").join(terms.drop("kind"), on="term_row")
    matches = _longest(matches).join(documents, on="document").sort("start")
    in_text = matches.filter("is_text")
    in_links = matches.filter(~col("is_text")).unique(["post_row", "term_row"], keep="first", maintain_order=True)
    in_links = in_links.join(in_text, on=["post_row", "brand_id", "product_id", "topic_id", "kind"], how="anti", nulls_equal=True)
    found = pl.concat([in_text, in_links])
    posts = posts.join(found, on="post_row", how="semi")
    # Row by row: Polars' own hash may change with its version.
    hashes = [None if text is None else hashlib.sha256(text.encode()).hexdigest() for text in posts["text"]]
    posts = posts.select("post_row", "post_id", text_hash=pl.Series(hashes, dtype=pl.String))
    return found.join(posts, on="post_row").select(
        "post_id",
        "brand_id",
        "product_id",
        "term",
        term_kind="kind",
        span_start=pl.when("is_text").then(col("start") - col("document_at")).cast(pl.Int32),
        span_end=pl.when("is_text").then(col("end") - col("document_at")).cast(pl.Int32),
        matched_text=_sliced("text", col("byte_start") - col("document_byte_at"), col("byte_end") - col("byte_start")),
        extractor_version=pl.lit(EXTRACTOR_VERSION),
        text_hash="text_hash",
        topic_id="topic_id",
    )


def _sliced(text: str, start: pl.Expr, size: pl.Expr) -> pl.Expr:
    """By bytes, in constant time: a slice by characters reads the text from its start, again for each of its mentions."""
    return col(text).cast(pl.Binary).bin.slice(start, size).cast(pl.String)


def _pieces(documents: pl.DataFrame) -> pl.DataFrame:
    """One row per piece, in order: its places in text, bytes and folded text, its sizes, and what stands beside it in its document."""
    pieces = documents.select("document", piece=col("text").str.extract_all(PIECE)).explode("piece").drop_nulls("piece")
    odd = pieces["piece"].filter(~pieces["piece"].str.contains("^[!-~]")).unique()
    # Python folds each distinct odd piece once, thousands for a million posts: Polars can lower the case but not fold it.
    folds = pl.DataFrame({"piece": odd, "folded": pl.Series([_folded(piece) for piece in odd], dtype=pl.String)})
    pieces = pieces.join(folds, on="piece", how="left", maintain_order="left").with_columns(
        folded=pl.coalesce("folded", col("piece").str.to_lowercase()),
        is_run=col("folded").is_null(),
        chars=col("piece").str.len_chars().cast(pl.Int64),
        size=col("piece").str.len_bytes().cast(pl.Int64),
    )
    pieces = pieces.with_columns(folded_size=col("folded").str.len_bytes().cast(pl.Int64))
    has_before, has_after = (col("document").shift(by) == col("document") for by in (1, -1))
    beside = pl.when("is_run").then("folded").otherwise("piece")
    last = beside.str.tail(CONTEXT)
    is_mark = has_before & col("piece").str.contains(r"^\p{M}")  # it belongs to the last character of the piece before
    last = pl.when(is_mark).then(pl.concat_str(last.shift(1).str.tail(1), last)).otherwise(last)
    return pieces.select(
        "document",
        "folded",
        "is_run",
        "chars",
        "size",
        "folded_size",
        at=col("chars").cum_sum() - col("chars"),
        byte_at=col("size").cum_sum() - col("size"),
        folded_at=col("folded_size").cum_sum() - col("folded_size"),
        before=pl.when(has_before).then(last.shift(1)).otherwise(pl.lit("")),
        after=pl.when(has_after).then(beside.str.head(CONTEXT).shift(-1)).otherwise(pl.lit("")),
    )


def _hits(pieces: pl.DataFrame, patterns: pl.DataFrame) -> pl.DataFrame:
    """One row per place where a pattern's characters stand, whatever is around them: the pattern, folded_start, folded_end."""
    wanted = patterns["pattern"].unique(maintain_order=True).to_list()
    folded = pieces.group_by("document", maintain_order=True).agg(col("folded").str.join(""), col("folded_at").first())
    hits = folded.select(
        "document",
        "folded_at",
        pattern=col("folded").str.extract_many(wanted, overlapping=True),
        offset=col("folded").str.find_many(wanted, overlapping=True),
    )
    hits = hits.explode("pattern", "offset").drop_nulls("offset").with_columns(folded_start=col("folded_at") + col("offset"))
    hits = hits.with_columns(folded_end=col("folded_start") + col("pattern").str.len_bytes())
    return hits.drop("folded_at", "offset").join(patterns, on="pattern")


def _placed(hits: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """The hits that take whole characters, with their place in the texts and what stands before and after them."""
    first = pieces[pieces["folded_at"].search_sorted(hits["folded_start"], side="right") - 1]
    last = pieces[pieces["folded_at"].search_sorted(hits["folded_end"] - 1, side="right") - 1]
    hits = hits.hstack(first.select(pl.all().name.prefix("first_"))).hstack(last.select(pl.all().name.prefix("last_")))
    hits = hits.with_columns(skipped=col("folded_start") - col("first_folded_at"), taken=col("folded_end") - col("last_folded_at"))
    begins, ends = col("skipped") == 0, col("taken") == col("last_folded_size")
    hits = hits.filter((begins | col("first_is_run")) & (ends | col("last_is_run")))
    since = pl.max_horizontal(col("skipped") - CONTEXT, 0)
    return hits.select(
        "document",
        "term_row",
        "kind",
        "pattern",
        "first",
        "last",
        start=col("first_at") + col("skipped"),
        end=col("last_at") + pl.when(ends).then("last_chars").otherwise("taken"),
        byte_start=col("first_byte_at") + col("skipped"),
        byte_end=col("last_byte_at") + pl.when(ends).then("last_size").otherwise("taken"),
        before=pl.when(begins).then("first_before").otherwise(_sliced("first_folded", since, col("skipped") - since)),
        after=pl.when(ends).then("last_after").otherwise(_sliced("last_folded", col("taken"), pl.lit(CONTEXT))),
    )


def _alone(hits: pl.DataFrame) -> pl.DataFrame:
    """The hits that stand alone, as their kind asks it."""
    before, after = col("before"), col("after")
    begins = ~pl.concat_str(before, "first").str.contains(JOINED_BEFORE)
    ends = ~pl.concat_str("last", after).str.contains(JOINED_AFTER)
    rules = {
        "word": begins & ends,
        "exclusion": begins & ends,
        "context": begins & ends,
        "hashtag": ~before.str.contains(TAG_BEFORE) & ~after.str.contains(TAG_AFTER),
        "handle": ~before.str.contains(WORD_BEFORE) & ends & ~after.str.contains(HANDLE_AFTER),
        "domain": begins & before.str.contains(HOST_BEFORE) & ends & ~after.str.contains(HOST_AFTER),
    }
    alone = [hits.filter(col("kind") == kind).filter(rule) for kind, rule in rules.items()]
    return pl.concat(alone).drop("first", "last", "before", "after")


def _not_voided(hits: pl.DataFrame) -> pl.DataFrame:
    """The matches of terms that no exclusion of their own term overlaps."""
    phrases = hits.filter(col("kind") == "exclusion").sort("start")
    phrases = phrases.select("term_row", phrase_start="start", phrases_end=col("end").cum_max().over("term_row"))
    matches = hits.filter(col("kind").is_in(KINDS)).with_columns(final=col("end") - 1).sort("final")
    matches = matches.join_asof(phrases, left_on="final", right_on="phrase_start", by="term_row", check_sortedness=False)
    return matches.filter(~(col("phrases_end") > col("start")).fill_null(False))


def _in_context(matches: pl.DataFrame, hits: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """The matches of terms that need no context, and those in a post that has one."""
    needs = pl.DataFrame(list(_phrases(terms, "contexts")), schema={"term_row": pl.UInt32, "pattern": pl.String}, orient="row")
    matches = matches.drop("pattern")
    met = matches.select("term_row", "post_row").unique().join(needs, on="term_row")
    met = met.join(hits.filter(col("kind") == "context"), on=["post_row", "pattern"], how="semi").select("term_row", "post_row").unique()
    free = matches.join(needs, on="term_row", how="anti")
    return pl.concat([free, matches.join(needs, on="term_row", how="semi").join(met, on=["term_row", "post_row"], how="semi")])


def _longest(matches: pl.DataFrame) -> pl.DataFrame:
    """The matches that remain when, of those that overlap, the longest is taken first, then the first in the text."""
    kind = col("kind").replace_strict(KINDS, range(len(KINDS)))
    order = (col("brand_id").is_null(), col("product_id").is_null(), kind, "brand_id", "product_id", "topic_id", "term")
    matches = matches.sort(order).unique(["start", "end"], keep="first", maintain_order=True).sort("start", "end")
    group = (col("start") >= col("end").cum_max().shift(1, fill_value=0)).cum_sum()
    matches = matches.with_columns(group=group).with_row_index("match")
    crowded = matches.filter(pl.len().over("group") > 1).sort(col("end") - col("start"), "start", descending=[True, False])
    # Row by row, since what a match may take depends on what all longer ones took. A match that overlaps a taken one has one of its
    # ends in it, because it is not the longer one.
    lost: list[int] = []
    taken = bytearray(matches.select(col("end").max()).item() or 0)
    for match, start, end in crowded.select("match", "start", "end").iter_rows():
        if taken[start] or taken[end - 1]:
            lost.append(match)
        else:
            taken[start:end] = b"\x01" * (end - start)
    return matches.filter(~col("match").is_in(lost)).drop("match", "group")
