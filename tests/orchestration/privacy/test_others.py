"""Whose words a sentence is that several say."""

from __future__ import annotations

import duckdb

from orchestration.privacy.identifiers import columns_by_table
from orchestration.privacy.others import LEAST_RARE_TEXT, said_by_chance

LONG = "First week with my new Ohmline One, and the noisy TRAIN just disappears."
COPIED = "Nobody will ever take this one away from me, not even on a Sunday night."
EARLIER = "If you look for one, take the Ohmline One: the Báss is there without any shouting."
QUOTED = "What they do not tell you is that the left cushion wears out in a single summer."
ANSWERED = "Six hours on the train and the battery is still at half of what it was, honestly."
SHORT = "The train disappears, at least for me."
POSTS = [
    ("mine", "me", LONG, 4, None, None), ("mine2", "me", COPIED, 4, None, None), ("mine3", "me", EARLIER, 4, None, None),
    ("mine4", "me", QUOTED, 4, None, None), ("mine5", "me", ANSWERED, 4, None, None), ("mine6", "me", SHORT, 4, None, None),
    ("1", "ada", f"Okay, so: {LONG.lower()}", 5, None, None), ("2", "bo", f"Confession: {LONG}", 6, None, None),
    ("3", "ada", f"So true: {COPIED}", 5, None, None), ("4", "ada", f"Again: {COPIED}", 6, None, None),
    ("5", "bo", f"Since you ask: {EARLIER}", 3, None, None),
    ("6", "ada", f"As @me_myself says: {QUOTED}", 5, None, None), ("7", "bo", f"Read @Me_Myself: {QUOTED}", 6, None, None),
    ("8", "ada", f"> {ANSWERED}", 5, "mine5", None), ("9", "bo", f"This: {ANSWERED}", 5, None, "mine5"),
    ("10", "bo", f"{SHORT} Or so.", 9, None, None),
]  # fmt: skip


def test_what_others_say_without_naming_them_is_a_turn_of_phrase() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema intermediate;
            create table intermediate.int_posts (post_id varchar, author_id varchar, title varchar, text varchar, published_at timestamptz,
                first_observed_at timestamptz, parent_post_id varchar, quoted_post_id varchar);
            create table posts_of_theirs as select 'mine5' as post_id;
            """
        )
        for post_id, author, text, day, parent, quoted in POSTS:
            at = f"2026-09-0{day}T10:00:00Z"
            row = [post_id, author, text, None if post_id == "5" else at, at, parent, quoted]  # not every platform tells when
            connection.execute("insert into intermediate.int_posts values (?, ?, null, ?, ?, ?, ?, ?)", row)
        texts = (LONG, COPIED, EARLIER, QUOTED, ANSWERED, SHORT)
        assert [len(text) >= LEAST_RARE_TEXT for text in texts] == [True] * 5 + [False]
        found = said_by_chance(connection, columns_by_table(connection), "('me')", (f" {text} " for text in texts), {"@me_myself"})
    assert found == {LONG.lower(), EARLIER.lower(), SHORT.lower()}, "two others, or one who was first; of a short one anybody"
