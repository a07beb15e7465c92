"""Where the patterns of terms stand in texts, each alone as its kind asks it.

Text and terms are compared folded: canonically decomposed, case folded, each run of white space one space. Folding moves offsets
(`ß` becomes two characters, `é` two, `İ` two), so a text is cut into pieces that fold each on its own: a run of ASCII, which keeps
its offsets, or one other character with its marks, which a match has to take whole. A piece knows where it stands in the text and in
the folded text; that leads every match back to the characters that were written.

Places count on over all documents of a batch, so that matches of two documents never overlap and no step has to tell them apart.
"""

from __future__ import annotations

import polars as pl
from polars import col

from orchestration.signals.terms import EMOJI_MARK, MARK, fold

CONTEXT = 300  # bytes looked at beside a match: a host name has up to 253

# A character takes at most 30 marks with it (Unicode's stream-safe limit): ordering the marks of a hostile text is quadratic.
PIECE = r"[!-~]+(?: [!-~]+)*|[\s\x1c-\x1f]+|(?s:.)\p{M}{0,30}"  # white space as Python knows it, four separators among it

# Scripts that put spaces between words. The others (Han, kana, Thai, ...) have no edges to look for, and Hangul's particles follow
# a name without a space. Digits, underscores and joiners belong to the word that they touch.
SPACED = ["Latin", "Greek", "Cyrillic", "Armenian", "Georgian", "Hebrew", "Arabic", "Syriac", "Thaana", "Nko", "Ethiopic", "Cherokee"]
SPACED += ["Mongolian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"]
ANY_SCRIPT = r"\p{Nd}\p{Pc}\u{200C}\u{200D}"
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


def find_matches(documents: pl.DataFrame, patterns: pl.DataFrame) -> pl.DataFrame:
    """One row per place where a pattern stands alone: document, term_row, kind, pattern, start, end, byte_start, byte_end.

    documents: document, text, is_text. Of links (not is_text) only the domains count.
    """
    pieces = _pieces(documents)
    hits = _hits(pieces, patterns).join(documents.select("document", "is_text"), on="document")
    hits = hits.filter(col("is_text") | (col("kind") == "domain")).drop("is_text")
    return _alone(_placed(hits, pieces))


def _pieces(documents: pl.DataFrame) -> pl.DataFrame:
    """One row per piece, in order: its places in text, bytes and folded text, its sizes, and what stands beside it in its document."""
    pieces = documents.select("document", piece=col("text").str.extract_all(PIECE)).explode("piece").drop_nulls("piece")
    odd = pieces["piece"].filter(~pieces["piece"].str.contains("^[!-~]")).unique()
    # Python folds each distinct odd piece once, thousands for a million posts: Polars can lower the case but not fold it.
    folds = pl.DataFrame({"piece": odd, "folded": pl.Series([fold(piece) for piece in odd], dtype=pl.String)})
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
        before=pl.when(begins).then("first_before").otherwise(sliced("first_folded", since, col("skipped") - since)),
        after=pl.when(ends).then("last_after").otherwise(sliced("last_folded", col("taken"), pl.lit(CONTEXT))),
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


def sliced(text: str, start: pl.Expr, size: pl.Expr) -> pl.Expr:
    """By bytes, in constant time: a slice by characters reads the text from its start, again for each of its mentions."""
    return col(text).cast(pl.Binary).bin.slice(start, size).cast(pl.String)
