"""What posts say of brands, products and topics: each module of `signals` reads them in turn."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from polars import col

from orchestration.signals import adoption_times, answers, disclosure, intent, language, mentions, sentences, stance
from orchestration.signals.passages import OPENING
from orchestration.signals.processes import each_read, processes_for
from orchestration.signals.turns import SPOKEN, turn_of
from orchestration.warehouse.connections import own_bytes
from orchestration.warehouse.score_tables import IS_UNNAMED
from orchestration.warehouse.warehouse import Warehouse

log = logging.getLogger("groundswell")

MENTIONS = mentions.MENTIONS | {"sentence": pl.String()} | stance.STANCES | intent.INTENTS | adoption_times.ADOPTION_TIMES
del MENTIONS["mention_row"]
LANGUAGES = language.LANGUAGES | {"reading_language": pl.String(), "language_source": pl.String(), "source_language": pl.String()}
POSTS = LANGUAGES | disclosure.DISCLOSURES | {"extractor_version": pl.String(), "text_hash": pl.String()}
ADOPTING = (*intent.ADOPTIONS, "plans_to_buy")  # the intents whose time is looked for
LIKELY = 0.3  # how likely an adoption has to be for its time to be looked for, whatever the intent is called

BATCH_POSTS = 50_000
BATCH_BYTES = 128_000_000  # of text: transcripts are long
MENTIONS_AT_ONCE = 20_000  # memory stays flat however many mentions a text has
REACH = 1_000  # characters on either side of a mention that stance and intent are read from: transcripts are long
NEIGHBOURS = 10  # mentions before and after that are looked at for other brands
USUAL = 3  # posts that an author has to have written, two thirds of them in one language, for it to be their usual one


@dataclass(frozen=True, slots=True)
class Reading:
    """How many posts were read, why, and what was found."""

    extractor_version: str
    new_posts: int = 0
    changed_posts: int = 0
    posts_of_other_versions: int = 0
    mentions: int = 0

    @property
    def posts(self) -> int:
        """All that were read."""
        return self.new_posts + self.changed_posts + self.posts_of_other_versions


UNREAD = f"""
    from intermediate.int_posts as posts
    left join raw_signals.posts as read on posts.post_id = read.post_id
    left join declared on posts.source_name = declared.source_name
    where not posts.is_withheld
        and (posts.text is not null
            or (read.post_id is not null and not coalesce(regexp_matches(posts.author_id, '{IS_UNNAMED}'), false)))
        and (read.extractor_version is distinct from $version or read.text_hash is distinct from sha256(coalesce(posts.text, ''))
            or read.source_language is distinct from declared.language)
"""
TELLING = """
    with known as (
        select post_id, language from shown where language_confidence >= $sure
        union all
        select post_id, language from raw_signals.posts
        where language_confidence >= $sure and post_id not in (select post_id from shown)
    ),
    counted as (
        select author_id, known.language, count(*) as posts, sum(count(*)) over (partition by author_id) as all_posts
        from known inner join intermediate.int_posts as posts using (post_id)
        where author_id is not null
        group by author_id, known.language
    ),
    usual as (select author_id, language from counted where all_posts >= $usual and 3 * posts >= 2 * all_posts)
    select shown.*, posts.language as platform_language, declared.language as source_language, thread.language as thread_language,
        usual.language as author_language
    from shown
    inner join intermediate.int_posts as posts on shown.post_id = posts.post_id
    left join declared on posts.source_name = declared.source_name
    left join known as thread on posts.parent_post_id = thread.post_id
    left join usual on posts.author_id = usual.author_id
    order by shown.post_id
"""


def read_posts(warehouse: Warehouse, now: datetime, source_languages: Mapping[str, str] | None = None) -> Reading:
    """Reads the posts that this extractor, with these terms, has not read as they are now.

    source_languages: the language that a source's entry declares, by its name; another one reads that source's posts again.
    """
    declared = pl.DataFrame(list((source_languages or {}).items()), schema={"source_name": pl.String, "language": pl.String}, orient="row")
    with warehouse.connect() as connection:
        connection.register("declared", declared.to_arrow())
        of_brands = connection.execute("from staging.stg_home__brand_terms order by all").pl()
        terms = pl.concat([of_brands, connection.execute("from staging.stg_home__topic_terms order by all").pl()], how="diagonal_relaxed")
        version = extractor_version(terms)
        unread = connection.execute(
            f"""
            select posts.post_id, coalesce(strlen(posts.text), 0) as size,
                case when read.post_id is null then 'new' when read.extractor_version <> $version then 'other' else 'changed' end as reason
            {UNREAD}
            order by posts.post_id
            """,
            {"version": version},
        ).pl()
    counts = dict(unread.group_by("reason").len().iter_rows())
    if again := counts.get("other", 0):
        log.warning(f"signals: reading {again:,} posts again, because the terms, rules or models changed: now {version}")
    unread = unread.with_columns(
        bytes_batch=col("size").cast(pl.Int64).cum_sum() // BATCH_BYTES, batch=pl.int_range(pl.len()) // BATCH_POSTS
    )
    if unread.is_empty():
        return Reading(version)
    batches = unread.partition_by("batch", "bytes_batch", maintain_order=True)
    # Before anything else, of all: what a text does not show is told by the thread and by what else its author wrote.
    languages = _languages(warehouse, [batch.select("post_id") for batch in batches], declared)
    of_batches = (languages.join(batch, on="post_id", how="semi", maintain_order="left") for batch in batches)
    texts = ((_texts(warehouse, of_batch), of_batch, terms) for of_batch in of_batches)
    found = done = 0
    for mentioned, read, answered in each_read(read_signals, texts, processes_for(unread.height, own_bytes())):
        _replace(warehouse, mentioned, read, answered, now)
        found += mentioned.height
        done += read.height
        log.debug("read", extra={"step": "signals", "row_count": done})
    return Reading(version, counts.get("new", 0), counts.get("changed", 0), again, found)


def _languages(warehouse: Warehouse, batches: Sequence[pl.DataFrame], declared: pl.DataFrame) -> pl.DataFrame:
    """The language of each post that is to be read, in order of their ids: the columns of LANGUAGES."""
    shown = [pl.DataFrame(schema=language.LANGUAGES)]
    for ids in batches:
        with warehouse.connect() as connection:
            connection.register("ids", ids.to_arrow())
            texts = connection.execute(
                f"select post_id, left(text, {language.READ * 4}) as text from ids inner join intermediate.int_posts using (post_id)"
            )
            shown.append(language.read_languages(texts.pl()))
    with warehouse.connect() as connection:
        connection.register("shown", pl.concat(shown).to_arrow())
        connection.register("declared", declared.to_arrow())
        told = connection.execute(TELLING, {"sure": language.SURE, "usual": USUAL}).pl()
    return told.hstack(language.reading_languages(told)).select(*LANGUAGES).cast(LANGUAGES)  # type: ignore[arg-type]


def _texts(warehouse: Warehouse, languages: pl.DataFrame) -> pl.DataFrame:
    """What `read_signals` reads of these posts, in order of their ids."""
    with warehouse.connect() as connection:
        connection.register("ids", languages.select("post_id").to_arrow())
        return connection.execute(
            """
            select post_id, text, links as urls, media_type, is_paid_partnership, sha256(coalesce(text, '')) as text_hash,
                coalesce(published_at, first_observed_at) as said_at
            from intermediate.int_posts where post_id in (select post_id from ids) order by post_id
            """
        ).pl()


def _replace(warehouse: Warehouse, mentioned: pl.DataFrame, read: pl.DataFrame, answered: pl.DataFrame, now: datetime) -> None:
    """Replaces what was read of these posts, in one transaction."""
    with warehouse.transaction() as connection:
        connection.register("mentioned", mentioned.to_arrow())
        connection.register("read", read.to_arrow())
        connection.register("answered", answered.to_arrow())
        for table in ("mentions", "answers", "posts"):
            connection.execute(f"delete from raw_signals.{table} where post_id in (select post_id from read)")
        connection.execute("insert into raw_signals.mentions by name from mentioned order by post_id, span_start")
        connection.execute("insert into raw_signals.answers by name from answered order by post_id")
        connection.execute("insert into raw_signals.posts by name select *, ? as read_at from read", [now])


def extractor_version(terms: pl.DataFrame) -> str:
    """What reads a post: the version of each module, and a hash of the terms. Another version reads every post again."""
    modules = (module.EXTRACTOR_VERSION for module in (mentions, sentences, language, disclosure, stance, intent, adoption_times, answers))
    return "/".join((f"terms:{hashlib.sha256(terms.write_csv().encode()).hexdigest()[:8]}", *modules))


def read_signals(posts: pl.DataFrame, languages: pl.DataFrame, terms: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The mentions in these posts (the columns of MENTIONS), the posts, one row each in order (POSTS), and the answers among them.

    posts: post_id, text, urls, media_type, is_paid_partnership, text_hash, said_at; each but the first may be NULL. languages: one row
    each in the same order, the columns of LANGUAGES; stance, intent and time are read in their reading_language. terms: as for
    `find_mentions`.
    """
    version = extractor_version(terms)
    brand_names = terms.filter(col("brand_id").is_not_null(), col("kind") != "domain")["term"]
    disclosures = disclosure.read_disclosures(posts.select("post_id", "text", "urls", "is_paid_partnership", "media_type"), brand_names)
    found = mentions.find_mentions(posts.select("post_id", "text", "urls"), terms)
    texts = posts.select("post_id", "text", "media_type", "said_at", language=languages["reading_language"])
    found = _with_other_spans(found.with_row_index("mention_row"))
    read = [_with_stance_and_intent(part, texts) for part in found.iter_slices(MENTIONS_AT_ONCE)]
    read_posts = languages.hstack(disclosures.drop("post_id")).hstack(posts.select("text_hash"))
    return (
        pl.concat([pl.DataFrame(schema=MENTIONS), *read]).with_columns(extractor_version=pl.lit(version)),
        read_posts.with_columns(extractor_version=pl.lit(version)).select(*POSTS),
        answers.read_answers(posts.select("post_id", "text", "said_at")),
    )


def _with_other_spans(found: pl.DataFrame) -> pl.DataFrame:
    """Adds the spans of the nearest mentions of other brands in the same surroundings, in order, counted from where those begin."""
    since, until = pl.max_horizontal(col("span_start") - REACH, 0), col("span_end") + REACH
    others = []
    for by in (*range(NEIGHBOURS, 0, -1), *range(-1, -NEIGHBOURS - 1, -1)):
        brand, start, end = col("brand_id").shift(by), col("span_start").shift(by), col("span_end").shift(by)
        is_other = (col("post_id").shift(by) == col("post_id")) & brand.is_not_null() & brand.ne_missing(col("brand_id"))
        other = found.select("mention_row", start=start - since, end=end - since, is_other=is_other & (start >= since) & (end <= until))
        others.append(other.filter("is_other").drop("is_other"))
    spans = pl.concat(others).group_by("mention_row", maintain_order=True).agg(other_spans=pl.struct("start", "end"))
    found = found.join(spans, on="mention_row", how="left", maintain_order="left")
    return found.with_columns(col("other_spans").fill_null(pl.lit([], dtype=spans.schema["other_spans"])))


def _surroundings(found: pl.DataFrame, texts: Mapping[str, str], spoken: Set[str]) -> pl.DataFrame:
    """What stands before and after each mention, REACH characters at most, and in `spoken` texts who says it; NULL in links.

    Other speakers' turns are blank, line for character, so that places stay what they are.
    """
    # Row by row: Python knows where a character is, whereas Polars would read each text from its start, again for each of its mentions.
    beside: list[tuple[str | None, str | None, str | None]] = []
    for post_id, start, end in found.select("post_id", "span_start", "span_end").iter_rows():
        text = texts[post_id] if start is not None else None
        if not text:
            beside.append((None, None, None))
            continue
        begins, ends, speaker = turn_of(text, start, end) if post_id in spoken else (0, len(text), None)
        first, last = max(start - REACH, 0), min(end + REACH, len(text))
        before = "\n" * max(begins - first, 0) + text[max(first, begins) : start]
        beside.append((before, text[end : min(last, ends)] + "\n" * max(last - ends, 0), speaker))
    return pl.DataFrame(beside, schema={"before": pl.String, "after": pl.String, "speaker": pl.String}, orient="row")


def _with_stance_and_intent(found: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    of_posts = posts.join(found, on="post_id", how="semi")
    spoken = set(of_posts.filter(col("media_type").is_in(SPOKEN))["post_id"])
    found = found.hstack(_surroundings(found, dict(of_posts.select("post_id", "text").iter_rows()), spoken))
    start = col("before").str.len_chars().cast(pl.Int32)
    contexts = found.select(
        "mention_row",
        "post_id",
        text=col("before") + col("matched_text") + col("after"),
        span_start=start,
        span_end=start + col("matched_text").str.len_chars().cast(pl.Int32),
        brand_id=pl.coalesce("brand_id", "topic_id"),
        other_spans="other_spans",
    )
    of_posts = of_posts.with_columns(opening=col("text").str.head(OPENING))
    contexts = contexts.join(of_posts.drop("text"), on="post_id", how="left", maintain_order="left").drop("post_id")
    found = found.with_columns(sentence=sentences.sentence(col("before"), col("matched_text"), col("after"), col("speaker")))
    found = found.join(stance.read_stances(contexts), on="mention_row", how="left", maintain_order="left")
    found = found.join(intent.read_intents(contexts), on="mention_row", how="left", maintain_order="left")
    is_adopting = col("intent").is_in(ADOPTING) | (col("adoption_probability") >= LIKELY)
    adopting = contexts.join(found.filter(is_adopting), on="mention_row", how="semi")
    times = adoption_times.read_adoption_times(adopting)
    return found.join(times, on="mention_row", how="left", maintain_order="left").select(*MENTIONS)
