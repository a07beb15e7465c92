"""What really happened in a world, for tests alone: no connector may read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from connectors.sandbox.catalog import product
from connectors.sandbox.homes import Home
from connectors.sandbox.names import account_uri, author_page, feed_path, has_bylines, iso, status_uri
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.registry import view_class
from connectors.sandbox.shop import Shop
from connectors.sandbox.world import World


def write_truth(world: World, shop: Shop, path: Path, base_url: str) -> None:
    """One JSON object a line, told apart by `kind`: person, account, adoption, order, post.

    Ids are `<platform>:<native id>` as the warehouse names them when the sandbox is read at `base_url`. Posts are those that
    name a brand, and those that only use a brand's word in another sense (intent "ambiguous").
    """
    rows = (
        *_people(world),
        *_accounts(world, base_url),
        *_adoptions(world, base_url),
        *_orders(world, shop, base_url),
        *_posts(world, base_url),
    )
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))


def post_id(world: World, post: Post, base_url: str) -> str:
    """The warehouse's id of a post."""
    if post.channel == "microblog":
        return f"mastodon:{status_uri(post, world.author(post))}"
    if post.channel == "board":
        return f"hacker_news:{post.native_id}"
    if post.channel == "blog":
        return f"feeds:{base_url}{feed_path(world.blogs[post.home], 'blogs')} {post.native_id}"
    if post.channel == "venue":
        return f"{post.home}:{view_class(post.home).native_post_id(world, post, base_url)}"
    return f"podcast_feeds:{world.podcasts[post.home].guid} {post.native_id}"


def _people(world: World) -> Iterator[dict[str, Any]]:
    for person in world.people:
        yield {
            "kind": "person",
            "person": person.id,
            "role": person.role,
            "community": person.community,
            "persuasiveness": person.persuasiveness,
            "susceptibility": person.susceptibility,
            "is_buyer": person.is_buyer,
            "owned_before": person.owned_before,
        }


def _accounts(world: World, base_url: str) -> Iterator[dict[str, Any]]:
    wiki = f"{base_url.split('://')[1]}/wiki"
    for person in world.people:
        if person.handle:
            yield _account(person, "mastodon", account_uri(person))
        if person.board_name:
            yield _account(person, "hacker_news", person.board_name)
        if person.wiki_name:
            yield _account(person, "mediawiki", f"{wiki}:{world.wiki.users[person.wiki_name][0]}")
    for members in world.venues.values():
        for number, name in members.accounts.items():
            platform = members.venue.platform
            yield _account(world.people[number], platform, view_class(platform).native_account_id(number, name, base_url))
    for home in world.blogs.values():
        for number in home.authors:
            yield _account(world.people[number], "feeds", _blog_author(home, world.people[number], base_url))
    for home in world.podcasts.values():
        yield _account(world.people[home.authors[0]], "podcast_feeds", home.guid)


def _account(person: Person, platform: str, native_id: str) -> dict[str, Any]:
    return {
        "kind": "account",
        "person": person.id,
        "platform": platform,
        "author_id": f"{platform}:{native_id}",
        "is_bought": person.role == "farm",
    }


def _blog_author(home: Home, person: Person, base_url: str) -> str:
    """As the feeds connector names authors: by their address, else by feed and name, else by feed."""
    feed_url = f"{base_url}{feed_path(home, 'blogs')}"
    if home.format in ("atom.xml", "feed.json"):
        return author_page(home, person)
    return f"{feed_url}#{person.name}" if has_bylines(home) else feed_url


def _adoptions(world: World, base_url: str) -> Iterator[dict[str, Any]]:
    for adoption in world.adoptions:
        yield {
            "kind": "adoption",
            "person": adoption.person,
            "product": adoption.product,
            "brand": product(adoption.product).brand,
            "at": iso(adoption.at),
            "cause": "person" if adoption.cause else "organic",
            "caused_by": adoption.cause.author if adoption.cause else None,
            "cause_post_id": post_id(world, adoption.cause, base_url) if adoption.cause else None,
        }


def _orders(world: World, shop: Shop, base_url: str) -> Iterator[dict[str, Any]]:
    for order in shop.orders:
        cause = order.adoption.cause
        yield {
            "kind": "order",
            "order_id": f"files:{order.row['order_id']}",
            "person": order.adoption.person,
            "product": order.adoption.product,
            "brand": product(order.adoption.product).brand,
            "at": iso(order.at),
            "revenue": order.row["revenue"],
            "caused_by": cause.author if cause else None,
            "cause_post_id": post_id(world, cause, base_url) if cause else None,
        }


def _posts(world: World, base_url: str) -> Iterator[dict[str, Any]]:
    for post in world.posts:
        if (post.brands or post.intent == "ambiguous") and not post.reblogged:
            yield {
                "kind": "post",
                "person": post.author,
                "post_id": post_id(world, post, base_url),
                "at": iso(post.at),
                "brands": post.brands,
                "products": post.products,
                "intent": post.intent,
            }
