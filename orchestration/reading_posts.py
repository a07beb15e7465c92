"""What posts say of brands, products and topics: each module of `signals` reads them in turn."""

from __future__ import annotations

import hashlib

import polars as pl
from polars import col

from orchestration.signals import disclosure, intent, language, mentions, stance

MENTIONS = mentions.MENTIONS | {
    name: dtype for frame in (stance.STANCES, intent.INTENTS) for name, dtype in frame.items() if name != "mention_row"
}
POSTS = language.LANGUAGES | disclosure.DISCLOSURES | {"extractor_version": pl.String(), "text_hash": pl.String()}

MENTIONS_AT_ONCE = 20_000  # whose surroundings are read together: memory stays flat however many mentions a text has
NEIGHBOURS = 10  # mentions before and after that are looked at for other brands
MAIN_LANGUAGE = r"^([a-z]{2,3})(?:[-_]|$)"  # `pt` of `pt-BR`


def extractor_version(terms: pl.DataFrame) -> str:
    """What reads a post: the version of each module, and a hash of the terms. Another version reads every post again."""
    modules = (module.EXTRACTOR_VERSION for module in (mentions, language, disclosure, stance, intent))
    return "/".join((f"terms:{hashlib.sha256(terms.write_csv().encode()).hexdigest()[:8]}", *modules))


def read_signals(posts: pl.DataFrame, terms: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The mentions in these posts (the columns of MENTIONS) and, one row each in order, the posts (the columns of POSTS).

    posts: post_id, text, urls, language (as the platform tells it), media_type, is_paid_partnership, text_hash; each but the first may
    be NULL. terms: as for `find_mentions`. Stance and intent are read in the language that the text shows, or else is said to have.
    """
    version = extractor_version(terms)
    languages = language.read_languages(posts.select("post_id", "text"))
    disclosures = disclosure.read_disclosures(posts.select("post_id", "text", "urls", "is_paid_partnership", "media_type"))
    found = mentions.find_mentions(posts.select("post_id", "text", "urls"), terms)
    told = col("language").str.to_lowercase().str.extract(MAIN_LANGUAGE)
    texts = posts.select("post_id", "text", "media_type", told=told).hstack(languages.select("language"))
    texts = texts.select("post_id", "text", "media_type", language=pl.coalesce("language", "told"))
    found = found.with_columns(other_spans=_other_spans()).with_row_index("mention_row")
    read = [_with_stance_and_intent(part, texts) for part in found.iter_slices(MENTIONS_AT_ONCE)]
    read_posts = languages.hstack(disclosures.drop("post_id")).hstack(posts.select("text_hash"))
    return (
        pl.concat([pl.DataFrame(schema=MENTIONS), *read]).with_columns(extractor_version=pl.lit(version)),
        read_posts.with_columns(extractor_version=pl.lit(version)).select(*POSTS),
    )


def _other_spans() -> pl.Expr:
    """Of mentions in order: the spans of the nearest mentions of other brands in the same post, in order."""
    spans = []
    for by in (*range(NEIGHBOURS, 0, -1), *range(-1, -NEIGHBOURS - 1, -1)):
        brand, start = col("brand_id").shift(by), col("span_start").shift(by)
        is_other = (col("post_id").shift(by) == col("post_id")) & brand.is_not_null() & brand.ne_missing(col("brand_id"))
        spans.append(pl.when(is_other & start.is_not_null()).then(pl.struct(start=start, end=col("span_end").shift(by))))
    return pl.concat_list(spans).list.drop_nulls()


def _with_stance_and_intent(found: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    contexts = found.select("mention_row", "post_id", "span_start", "span_end", "other_spans", brand_id=pl.coalesce("brand_id", "topic_id"))
    contexts = contexts.join(texts, on="post_id", how="left", maintain_order="left").drop("post_id")
    found = found.join(stance.read_stances(contexts), on="mention_row", how="left", maintain_order="left")
    return found.join(intent.read_intents(contexts), on="mention_row", how="left", maintain_order="left").select(*MENTIONS)
