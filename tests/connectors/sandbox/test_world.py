"""The simulated world: reproducible, consistent with its own truth, and with the effects planted that a score must tell apart."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

from connectors.sandbox.builder import build_world
from connectors.sandbox.catalog import BRANDS, COMMUNITIES, PRODUCTS, PROMOTIONS, product
from connectors.sandbox.demand import MEMORY, organic
from connectors.sandbox.people import DAY, population
from connectors.sandbox.world import World

ROOT = Path(__file__).parents[3]


def fingerprint(world: World) -> str:
    said = [(post.native_id, post.author, post.title, post.text, post.edits, post.deleted_at) for post in world.posts]
    liked = [(post.likes, post.responses, post.readers) for post in world.posts]
    adopted = [(adoption.person, adoption.product, adoption.at, adoption.cause and adoption.cause.id) for adoption in world.adoptions]
    edits = [(revision.id, revision.user, revision.text) for page in world.wiki.pages for revision in page.revisions]
    people = [(person.name, person.handle, person.persuasiveness) for person in world.people]
    return hashlib.sha256(repr((said, liked, adopted, edits, people, world.follows.followers)).encode()).hexdigest()


def test_same_seed_gives_same_world_in_another_process(world: World) -> None:
    code = "from tests.connectors.sandbox import test_world as here; print(here.fingerprint(here.build_world(7, 300)))"
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(ROOT)}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    assert other.stdout.strip() == fingerprint(world)


def test_another_seed_gives_another_world(world: World) -> None:
    assert fingerprint(build_world(8, 300)) != fingerprint(world)


def test_each_caused_adoption_has_an_earlier_post_that_reached_the_person(world: World) -> None:
    caused = [adoption for adoption in world.adoptions if adoption.cause]
    assert caused
    for adoption in caused:
        cause = adoption.cause
        assert cause is not None
        assert 0 < adoption.at - cause.at <= MEMORY
        assert adoption.product in cause.products
        assert adoption.person in [person.id for person in world.audience(cause)]


def test_nobody_adopts_twice_or_what_they_owned_before(world: World) -> None:
    adopted = [(adoption.person, adoption.product) for adoption in world.adoptions]
    owned = {(person.id, item) for person in world.residents for item in person.owned_before}
    assert len(adopted) == len(set(adopted))
    assert not owned & set(adopted)


def test_most_adoptions_are_organic(world: World) -> None:
    caused = sum(adoption.cause is not None for adoption in world.adoptions) / len(world.adoptions)
    assert 0.2 < caused < 0.5


def test_nobody_moves_anybody_where_persuasion_is_nothing() -> None:
    assert not any(adoption.cause for adoption in build_world(7, 300, persuasion=0).adoptions)


def test_the_persuasive_cause_more() -> None:
    crowd = build_world(3, 600)
    causes = Counter(adoption.cause.author for adoption in crowd.adoptions if adoption.cause)
    ranked = sorted(crowd.residents, key=lambda person: person.persuasiveness, reverse=True)
    first, last = ranked[:150], ranked[-150:]
    assert sum(causes[person.id] for person in first) > 5 * sum(causes[person.id] for person in last)


def test_sales_raise_organic_demand() -> None:
    people = population(Random(1), 1500, 0)[:1500]
    by_day = Counter((product(adoption.product).brand, adoption.at // DAY) for adoption in organic(Random(2), people, 0, 40))
    sale = PROMOTIONS[0]
    during = [by_day[sale.brand, day] for day in range(sale.first_day, sale.first_day + sale.days)]
    others = [by_day[sale.brand, day] for day in range(7, 21) if not sale.first_day <= day < sale.first_day + sale.days]
    assert sum(during) / len(during) > 1.5 * sum(others) / len(others)


def test_people_follow_and_want_what_their_community_does(world: World) -> None:
    edges = [(world.people[who], world.people[whom]) for whom, events in world.follows.followers.items() for _, who in events]
    among_people = [(who, whom) for who, whom in edges if who.role == whom.role == "person"]
    inside = sum(who.community == whom.community for who, whom in among_people) / len(among_people)
    assert inside > 4 / len(COMMUNITIES)
    shoes = [item.id for item in PRODUCTS if item.category == "shoes"]
    wish = {
        name: [person.taste[item] for person in world.residents if world.community(person).name == name for item in shoes]
        for name in RUNNERS
    }
    runners, others = (sum(values) / len(values) for values in wish.values())
    assert runners > 2 * others


RUNNERS = ("trail runners", "audio tinkerers")


def test_popularity_is_heavy_tailed(world: World) -> None:
    counts = sorted((len(world.follows.followers.get(person.id, [])) for person in world.residents if not person.is_buyer), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.3 * sum(counts)


def test_bought_followers_do_nothing_else(world: World) -> None:
    farm = {person.id for person in world.people if person.role == "farm"}
    buyers = [person for person in world.residents if person.is_buyer]
    assert 0.02 < len(buyers) / len(world.residents) < 0.12
    assert not any(post.author in farm for post in world.posts)
    assert not any(adoption.person in farm for adoption in world.adoptions)
    for buyer in buyers:
        followers = [who for _, who in world.follows.followers[buyer.id]]
        assert len(farm.intersection(followers)) > 0.1 * len(farm)
    for person in world.residents:
        if not person.is_buyer:
            assert not farm.intersection(who for _, who in world.follows.followers.get(person.id, []))


def test_bought_accounts_are_answered_less_per_follower(world: World) -> None:
    def answers_per_follower(is_buyer: bool) -> float:
        people = {person.id for person in world.residents if person.handle and person.is_buyer == is_buyer}
        answers = sum(
            len(post.replies) + len(post.reblogs) for post in world.posts if post.channel == "microblog" and post.author in people
        )
        return answers / sum(len(world.follows.followers.get(number, [])) for number in people)

    assert answers_per_follower(True) < 0.5 * answers_per_follower(False)


def test_some_adopters_tell_and_some_say_because_of_whom(world: World) -> None:
    own = [post for post in world.posts if post.intent == "own" and post.channel == "microblog"]
    assert 0.2 * len(world.adoptions) < len(own) < 0.8 * len(world.adoptions)
    pointing = [post for post in own if post.parent or post.quoted or "{person:" in post.text or "{post:" in post.text]
    assert 0 < len(pointing) < 0.5 * len(own)


def test_other_senses_of_brand_words_name_no_brand(world: World) -> None:
    ambiguous = [post for post in world.posts if post.intent == "ambiguous" and not post.reblogged]
    assert len(ambiguous) > 20
    for post in ambiguous:
        words = f"{post.title} {post.text}"
        assert not post.brands
        assert not re.search(rf"#({'|'.join(BRANDS)})\b", words)
        assert re.search(
            r"kestrel nest|common kestrel|lesser kestrel|kestrels|high tide|low tide|tide pool|tide table|rip tide", words.lower()
        )


def test_what_is_marked_with_a_product_names_it(world: World) -> None:
    for post in world.posts:
        if post.products and not post.reblogged:
            words = f"{post.title} {post.text}"
            assert all(product(item).name in words for item in post.products), words


def test_posts_speak_several_languages(world: World) -> None:
    assert {post.language for post in world.posts} == {"en", "es", "de", "ja", "ar"}
