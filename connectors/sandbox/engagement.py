"""What follows a post: likes, reblogs, replies, votes, edits and deletion, most of it soon, some of it late."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random

from connectors.sandbox import text
from connectors.sandbox.catalog import product
from connectors.sandbox.demand import lag, poisson
from connectors.sandbox.life import Later, Life
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post

HOUR = 3600
HALF_LIVES = {"microblog": 9 * HOUR, "board": 6 * HOUR, "blog": 40 * HOUR, "venue": 14 * HOUR}
DEEPEST_REPLY = 5
QUOTES = 0.2


def engage(life: Life, post: Post) -> list[Later]:
    """Draws all that will happen to a post that was just published; gives back what others will say of it."""
    if post.reblogged:
        return []
    _edit_and_delete(life.rng, post)
    if post.channel == "microblog":
        return list(_engage_microblog(life, post))
    if post.channel == "board":
        return list(_engage_board(life, post))
    if post.channel == "venue":
        return list(_engage_venue(life, post))
    if post.channel == "blog":
        count = poisson(life.rng, 0.04 * len(life.world.audience(post)) * life.rng.lognormvariate(-0.4, 0.9))
        post.responses = sorted(post.at + lag(life.rng, HALF_LIVES["blog"]) for _ in range(count))
    return []


def _edit_and_delete(rng: Random, post: Post) -> None:
    if rng.random() < (0.025 if post.channel in ("microblog", "board", "venue") else 0.015):
        post.deleted_at = post.at + lag(rng, 40 * HOUR)
    elif rng.random() < 0.03 and post.text:
        at = post.at + (rng.randrange(300, 7000) if post.channel == "board" else lag(rng, 10 * HOUR))
        addition = rng.choice(("Edit: spelling.", "Edit: better now.", "Update: still true a day later.", "(corrected)"))
        post.edits.append((at, f"{post.text} {addition}"))
    if post.channel == "board" and not post.title and rng.random() < 0.01:
        post.is_flagged = True


def _engage_microblog(life: Life, post: Post) -> Iterator[Later]:
    rng, world = life.rng, life.world
    author = world.author(post)
    followers = world.audience(post)
    appeal = author.charm * rng.lognormvariate(-0.4, 0.9) * (0.4 if post.parent else 1.0)
    likers = rng.sample(followers, min(len(followers), poisson(rng, len(followers) * min(0.08 * appeal, 0.5))))
    strangers = [world.people[rng.randrange(len(world.residents))] for _ in range(poisson(rng, 0.25 * appeal))]
    moments: dict[int, int] = {}
    for person in (*likers, *strangers):
        if person.handle and person is not author:
            moments[person.id] = post.at + lag(rng, HALF_LIVES["microblog"])
    if author.is_buyer and rng.random() < 0.7:
        for person in rng.sample(world.farm, min(len(world.farm), rng.randint(24, 30))):
            moments[person.id] = post.at + rng.randrange(60, 2400)
    post.likes = sorted((at, person) for person, at in moments.items() if at < world.end)
    for person in likers:
        draw = rng.random()
        if draw < 0.15:
            yield _reblog(life, post, person)
        elif draw < (0.4 if post.intent == "ask" else 0.22):
            yield from _reply_later(life, post, person)


def _reblog(life: Life, post: Post, person: Person) -> Later:
    at = post.at + lag(life.rng, HALF_LIVES["microblog"])
    again = Post(-1, "microblog", person.id, at, post.intent, "", post.language, reblogged=post)
    return at, lambda: again if post.is_visible(at) else None


def _engage_board(life: Life, post: Post) -> Iterator[Later]:
    rng, members = life.rng, life.board_members
    fame = rng.lognormvariate(0.6, 1.1) if post.title else rng.lognormvariate(-0.9, 0.8)
    if post.title:
        post.responses = sorted(post.at + lag(rng, HALF_LIVES["board"]) for _ in range(poisson(rng, min(6 * fame, 200))))
    for _ in range(min(poisson(rng, 0.75 * fame), 30)):
        yield from _reply_later(life, post, rng.choice(members))


def _engage_venue(life: Life, post: Post) -> Iterator[Later]:
    """Likes and votes, and answers from members."""
    rng, world = life.rng, life.world
    appeal = world.author(post).charm * rng.lognormvariate(-0.4, 0.9) * (0.5 if post.parent else 1.0)
    readers = [number for number in post.readers if number != post.author]
    likers = rng.sample(readers, min(len(readers), poisson(rng, len(readers) * min(0.1 * appeal, 0.5))))
    post.likes = sorted((post.at + lag(rng, HALF_LIVES["venue"]), number) for number in likers)
    post.responses = sorted(post.at + lag(rng, HALF_LIVES["venue"]) for _ in range(poisson(rng, 3 * appeal)))
    if not world.venues[post.home].venue.is_answered:
        return
    for number in rng.sample(readers, min(len(readers), poisson(rng, min(0.7 * appeal, 6)))):
        yield from _reply_later(life, post, world.people[number])


def _reply_later(life: Life, post: Post, person: Person) -> Iterator[Later]:
    """Somebody answers a post some time on, unless the thread is deep already."""
    at = post.at + lag(life.rng, HALF_LIVES[post.channel])
    if _depth(post) < DEEPEST_REPLY:
        yield at, partial(_reply, life, post, person, at)


def _reply(life: Life, post: Post, person: Person, at: int) -> Post | None:
    """Half of the answers to a post about a product name it too; some of those quote it instead of replying."""
    if not post.is_visible(at) or person.id == post.author:
        return None
    rng = life.rng
    language = person.language if post.channel == "microblog" else "en"
    if post.products and rng.random() < 0.5:
        said = life.talk(person, post.channel, at, product(rng.choice(post.products)))
    else:
        said = Post(-1, post.channel, person.id, at, "answer", text.answer(rng, language), language)
    said.home = post.home
    if post.channel == "microblog" and said.brands and rng.random() < QUOTES:
        said.quoted = post
    else:
        said.parent = post
    return said


def _depth(post: Post) -> int:
    depth = 0
    while post.parent:
        post, depth = post.parent, depth + 1
    return depth
