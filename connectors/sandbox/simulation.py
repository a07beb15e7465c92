"""Lets the people of a world live: they talk, adopt, win others over, and answer each other, in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from random import Random

from connectors.sandbox import text
from connectors.sandbox.catalog import COMMUNITIES, PRODUCTS, product
from connectors.sandbox.demand import Adoption, lag, organic, poisson, waking_moment, won_over
from connectors.sandbox.engagement import engage
from connectors.sandbox.homes import Home
from connectors.sandbox.life import Later, Life, about_products
from connectors.sandbox.people import DAY, Person
from connectors.sandbox.posts import Post
from connectors.sandbox.venue_life import VenueLife
from connectors.sandbox.world import World

HOUR = 3600
SHARES_ADOPTION = 0.6
POINTS_AT_CAUSE = 0.45
STORIES_PER_MEMBER = 0.017
AMBIGUOUS_TOPICS = {"birds": 0.22, "sea": 0.2}


class Simulation:
    """Runs a world's life once and leaves its posts and adoptions in it."""

    def __init__(self, world: World, rng: Random, persuasion: float) -> None:
        self.world = world
        self.rng = rng
        self.persuasion = persuasion
        self.life = Life(world, rng)
        self.venue_life = VenueLife(self.life)
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0

    def at(self, moment: int, act: Callable[[], None]) -> None:
        """Puts an act on the agenda; what would come after the end of the world never happens."""
        if moment < self.world.end:
            self._order += 1
            heapq.heappush(self._agenda, (moment, self._order, act))

    def run(self) -> None:
        """Lives through all of the world's days."""
        for adoption in organic(self.rng, self.world.residents, self.world.start, self.world.days):
            self._plan_adoption(adoption)
        self._plan_microblog()
        self._plan_board()
        self._plan_homes()
        for later in self.venue_life.plan():
            self._say_later(later)
        while self._agenda:
            _, _, act = heapq.heappop(self._agenda)
            act()

    def publish(self, post: Post) -> None:
        """Shows a post to its audience: some act on it, some are won over."""
        post.id = len(self.world.posts)
        self.world.posts.append(post)
        for other, list_of in ((post.parent, "replies"), (post.quoted, "quotes"), (post.reblogged, "reblogs")):
            if other:
                getattr(other, list_of).append(post)
        if post.channel == "board" and post.products:
            post.readers = self._passers_by(post)
        elif post.channel == "venue":
            post.readers = self.venue_life.readers(post)
        if post.persuades:
            author = self.world.author(post)
            open_to = [
                person for person in self.world.audience(post) if not all(item in self.life.owned[person.id] for item in post.products)
            ]
            for adoption in won_over(self.rng, post, author, open_to, self.persuasion):
                self._plan_adoption(adoption)
        for later in engage(self.life, post):
            self._say_later(later)

    def _say_later(self, later: Later) -> None:
        moment, say = later
        self.at(moment, partial(self._publish_what, say))

    def _publish_what(self, say: Callable[[], Post | None]) -> None:
        post = say()
        if post is not None:
            self.publish(post)

    def _passers_by(self, post: Post) -> tuple[int, ...]:
        """Members of the board who open a thread, those who care for the product first."""
        wanted = [max(person.taste[item] for item in post.products) for person in self.life.board_members]
        return tuple(dict.fromkeys(person.id for person in self.rng.choices(self.life.board_members, wanted, k=min(25, len(wanted) // 2))))

    # Adoptions

    def _plan_adoption(self, adoption: Adoption) -> None:
        self.at(adoption.at, partial(self._adopt, adoption))

    def _adopt(self, adoption: Adoption) -> None:
        if adoption.product in self.life.owned[adoption.person]:
            return
        self.life.owned[adoption.person][adoption.product] = None
        self.world.adoptions.append(adoption)
        if self.rng.random() < SHARES_ADOPTION:
            moment = adoption.at + lag(self.rng, 5 * HOUR)
            self.at(moment, partial(self._share, adoption, moment))

    def _share(self, adoption: Adoption, at: int) -> None:
        person, item, cause = self.world.people[adoption.person], product(adoption.product), adoption.cause
        told = self.venue_life.share(person, item, cause, at)
        if told is not None:
            self.publish(told)
            return
        on_board = person.board_name and (not person.handle or (cause is not None and cause.channel == "board"))
        if not on_board and not person.handle:
            return
        points = cause is not None and cause.is_visible(at) and self.rng.random() < POINTS_AT_CAUSE
        language = "en" if on_board else person.language
        write = text.sentence if on_board else text.note
        post = Post(-1, "board" if on_board else "microblog", person.id, at, "own", write(self.rng, "own", item, language), language)
        if cause is not None and points:
            same_place = cause.channel == post.channel
            if same_place and self.rng.random() < (0.8 if on_board else 0.35):
                post.parent = cause
            elif same_place and not on_board and self.rng.random() < 0.25:
                post.quoted = cause
            else:
                who = f"{{person:{cause.author}}}"
                link = f"{{post:{cause.id}}}" if not same_place or self.rng.random() < 0.5 else ""
                post.text = f"{text.pointer(self.rng, language, who, link)} {post.text}"
        if on_board and post.parent is None:
            post.parent = self._open_thread(at)
            if post.parent is None:
                return
        self.publish(about_products(post, item))

    # Plans of each channel

    def _plan_microblog(self) -> None:
        world = self.world
        for person in world.people:
            if not person.handle or person.role == "farm":
                continue
            for _ in range(min(poisson(self.rng, person.activity * world.days), 4 * world.days)):
                moment = waking_moment(self.rng, world.start + self.rng.randrange(world.days) * DAY)
                speak = self._promote if person.role == "brand" else self._say
                self.at(moment, partial(speak, person, moment))

    def _say(self, person: Person, at: int) -> None:
        topic = COMMUNITIES[person.community].topic
        draw = self.rng.random()
        if draw < AMBIGUOUS_TOPICS.get(topic, 0.015):
            self.publish(Post(-1, "microblog", person.id, at, "ambiguous", text.ambiguous(self.rng)))
        elif draw < 0.72:
            self.publish(Post(-1, "microblog", person.id, at, "chatter", text.chatter(self.rng, topic, person.language), person.language))
        else:
            self.publish(self.life.talk(person, "microblog", at))

    def _promote(self, brand: Person, at: int) -> None:
        item = self.rng.choice([item for item in PRODUCTS if item.brand == brand.handle])
        self.publish(about_products(Post(-1, "microblog", brand.id, at, "promotion", text.note(self.rng, "promotion", item)), item))

    def _plan_board(self) -> None:
        for _ in range(round(STORIES_PER_MEMBER * len(self.life.board_members) * self.world.days)):
            person = self.rng.choice(self.life.board_members)
            moment = waking_moment(self.rng, self.world.start + self.rng.randrange(self.world.days) * DAY)
            self.at(moment, partial(self._submit, person, moment))

    def _submit(self, person: Person, at: int) -> None:
        """A story: a question, a link to somebody's article, or something about nothing in particular."""
        draw = self.rng.random()
        articles = [post for post in self.world.posts[-600:] if post.channel == "blog"]
        if draw < 0.35:
            post = self.life.talk(person, "board", at)
            post.title, post.text = (f"Ask HN: {post.text}", "") if post.intent == "ask" else (post.text, "")
        elif draw < 0.6 and articles:
            linked = self.rng.choice(articles)
            post = Post(-1, "board", person.id, at, "chatter", "", title=linked.title, link=f"{{post:{linked.id}}}")
            about_products(post, *map(product, linked.products))
        elif draw < 0.66:
            post = Post(-1, "board", person.id, at, "ambiguous", "", title=text.ambiguous(self.rng).split(" #")[0])
        else:
            title = text.story_title(self.rng)
            post = Post(-1, "board", person.id, at, "chatter", "", title=title, link=f"https://pages.example/{self.rng.randrange(10**6)}")
        self.publish(post)

    def _open_thread(self, at: int) -> Post | None:
        """A story of the last two days."""
        recent = [post for post in self.world.posts[-800:] if post.channel == "board" and post.title and post.at > at - 2 * DAY]
        return self.rng.choice(recent) if recent else None

    def _plan_homes(self) -> None:
        world = self.world
        for home in world.blogs.values():
            for _ in range(max(2, poisson(self.rng, world.days / 4))):
                moment = waking_moment(self.rng, world.start + self.rng.randrange(world.days) * DAY)
                self.at(moment, partial(self._blog, home, moment))
        for offset, home in enumerate(world.podcasts.values()):
            for day in range(offset % 5, world.days, 5):
                moment = world.start + day * DAY + 5 * HOUR + offset * 600
                self.at(moment, partial(self._broadcast, home, moment))

    def _blog(self, home: Home, at: int) -> None:
        person = self.world.people[self.rng.choice(home.authors)]
        topic = COMMUNITIES[person.community].topic
        if self.rng.random() < 0.4:
            title, words = text.diary(self.rng, topic, person.language)
            post = Post(-1, "blog", person.id, at, "chatter", words, person.language, title=title, home=home.slug)
        else:
            item = self.life.of_interest(person, home.category)
            intent = self.life.intent_toward(person, item)
            rival = text.rival_of(self.rng, item) if intent in ("compare", "ask") else None
            title, words = text.article(self.rng, intent, item, person.language, rival, topic)
            post = about_products(Post(-1, "blog", person.id, at, intent, words, person.language, title=title, home=home.slug), item, rival)
            cited = [
                other for other in self.world.posts[-1500:] if item.id in other.products and other.author != person.id and other.persuades
            ]
            if cited and self.rng.random() < 0.4:
                source = self.rng.choice(cited)
                post.text += f"\n\n{{person:{source.author}}} wrote about it, too: {{post:{source.id}}}"
        self.publish(post)
        if self.rng.random() < 0.6:
            self._announce(person, post)

    def _broadcast(self, home: Home, at: int) -> None:
        host = self.world.people[home.authors[0]]
        guests = tuple(
            person.id for person in self.rng.sample(self.world.residents, self.rng.choice((0, 0, 1, 1, 2))) if person is not host
        )
        items = list(dict.fromkeys(self.life.of_interest(host, home.category) for _ in range(self.rng.choice((0, 1, 1, 2)))))
        intents = [self.life.intent_toward(host, item) for item in items]
        names = [self.world.people[guest].name for guest in guests]
        title, words = text.shownotes(self.rng, items, intents, COMMUNITIES[host.community].topic, names)
        post = Post(-1, "podcast", host.id, at, intents[0] if intents else "chatter", words, title=title, home=home.slug, guests=guests)
        self.publish(about_products(post, *items))
        self._announce(host, post)

    def _announce(self, person: Person, post: Post) -> None:
        """Tells the followers on the microblog of a new article or episode."""
        if person.handle:
            at = post.at + 300
            tags = "".join(f" #{brand}" for brand in post.brands)
            notice = Post(-1, "microblog", person.id, at, "chatter", f"{post.title} {{post:{post.id}}}{tags}", post.language)
            post.announcement = about_products(notice, *map(product, post.products))
            self.at(at, partial(self.publish, notice))
