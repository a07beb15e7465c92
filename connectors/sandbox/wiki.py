"""The sandbox's wiki: pages, revisions, users, deleted pages and hidden revisions, all planned ahead."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from connectors.sandbox import text
from connectors.sandbox.catalog import BRANDS, PRODUCTS, WIKI_SUBJECTS
from connectors.sandbox.demand import waking_moment
from connectors.sandbox.people import DAY, Person
from connectors.sandbox.phrases import REWORDINGS, TALK_HEADINGS, WIKI_COMMENTS, WIKI_FACTS
from connectors.sandbox.posts import Intent

REVISIONS_PER_DAY = 15
FIRST_USER = 100
FIRST_TEMPORARY_USER = 50_000


@dataclass(slots=True)
class Revision:
    """One version of a page. `person` is None for somebody without an account (`user` is then a temporary name)."""

    id: int
    parent_id: int
    at: int
    user: str
    user_id: int
    person: int | None
    text: str
    comment: str
    is_minor: bool = False
    tags: tuple[str, ...] = ()
    hidden_at: int | None = None
    brands: tuple[str, ...] = ()

    def is_hidden(self, now: int) -> bool:
        """Whether its text, author and comment were hidden by then."""
        return self.hidden_at is not None and self.hidden_at <= now

    @property
    def size(self) -> int:
        """Bytes of text."""
        return len(self.text.encode())

    @property
    def sha1(self) -> str:
        """Of the text, in hexadecimal."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class WikiPage:
    """A page; `revisions` are oldest first."""

    id: int
    namespace: int
    title: str
    brand: str | None = None
    product: int | None = None
    revisions: list[Revision] = field(default_factory=list)
    deleted_at: int | None = None

    def exists(self, now: int) -> bool:
        """Begun and not deleted by then."""
        return self.revisions[0].at <= now and (self.deleted_at is None or self.deleted_at > now)

    def seen(self, now: int) -> list[Revision]:
        """The revisions made by then, oldest first."""
        return [revision for revision in self.revisions if revision.at <= now]


@dataclass(slots=True)
class Wiki:
    """All pages, and who has an account: name -> (user id, person)."""

    pages: list[WikiPage]
    users: dict[str, tuple[int, int]]


def write_wiki(rng: Random, residents: Sequence[Person], start: int, days: int) -> Wiki:
    """Plans every page and revision of the world's days; each page begins some weeks before them."""
    editors = [person for person in residents if person.wiki_name]
    users = {person.wiki_name or "": (FIRST_USER + number, person.id) for number, person in enumerate(editors)}
    pages = _first_pages(rng)
    moments = sorted(start - rng.randrange(10, 40) * DAY + rng.randrange(DAY) for _ in pages)
    plan = list(zip(moments, pages, strict=True))
    edits = sorted(waking_moment(rng, start + rng.randrange(days) * DAY) for _ in range(REVISIONS_PER_DAY * days))
    plan += [(at, rng.choices(pages, [4 if page.brand else 1 for page in pages])[0]) for at in edits]
    for number, (at, page) in enumerate(plan, start=1001):
        person = rng.choice(editors) if editors and rng.random() < 0.88 else None
        user = person.wiki_name if person and person.wiki_name else f"~2026-{rng.randrange(10_000, 99_999)}-{rng.randrange(10, 99)}"
        user_id = users[user][0] if person else FIRST_TEMPORARY_USER + number
        page.revisions.append(_revision(rng, page, number, at, user, user_id, person))
    for page in rng.sample([page for page in pages if not page.brand and page.namespace == 0], 3):
        page.deleted_at = waking_moment(rng, start + rng.randrange(days) * DAY)
        page.revisions = [revision for revision in page.revisions if revision.at < page.deleted_at]
    return Wiki(pages, users)


def _first_pages(rng: Random) -> list[WikiPage]:
    titles: list[tuple[int, str, str | None, int | None]] = [(0, title, None, None) for title in WIKI_SUBJECTS]
    titles += [(0, f"{name} (company)" if brand == "kestrel" else name, brand, None) for brand, name in BRANDS.items()]
    titles += [(0, item.name, item.brand, number) for number, item in enumerate(PRODUCTS) if item.name not in BRANDS.values()]
    titles += [(1, f"Talk:{title}", brand, number) for _, title, brand, number in titles[-(len(PRODUCTS) - 1) :]]
    rng.shuffle(titles)
    return [WikiPage(number, namespace, title, brand, item) for number, (namespace, title, brand, item) in enumerate(titles, start=1)]


def _revision(rng: Random, page: WikiPage, number: int, at: int, user: str, user_id: int, person: Person | None) -> Revision:
    before = page.revisions[-1] if page.revisions else None
    comment, minor = rng.choice(WIKI_COMMENTS), False
    tags: tuple[str, ...] = ()
    if before is None:
        words, comment = f"'''{page.title.removeprefix('Talk:')}''' is a subject of this wiki. [[Category:Things]]", "start"
    elif page.namespace == 1:
        words = f"{before.text}\n\n== {rng.choice(TALK_HEADINGS)} ==\n\n{_said(rng, page)} [[User:{user}]]"
        comment = "new section"
    elif len(page.revisions) > 1 and rng.random() < 0.06:
        words, comment, tags = page.revisions[-2].text, f"Undid revision {before.id} by [[User:{before.user}]]", ("mw-undo",)
    elif rng.random() < 0.2 and (swaps := [(old, new) for old, new in REWORDINGS if old in before.text]):
        words, minor, comment = before.text.replace(*rng.choice(swaps), 1), True, "copy edit"
    else:
        words = f"{before.text}\n\n{_said(rng, page)}"
        if rng.random() < 0.25:
            target = f"{page.brand}.example/about" if page.brand else "pages.example/paper"
            words += f" <ref>[https://{target} {rng.choice(('Archive', 'Press release', 'Test report'))}]</ref>"
    revision = Revision(number, before.id if before else 0, at, user, user_id, person.id if person else None, words, comment, minor, tags)
    revision.brands = (page.brand,) if page.brand else ()
    if before is not None and page.namespace == 0 and rng.random() < 0.012:
        revision.hidden_at = at + rng.randrange(DAY, 6 * DAY)
    return revision


def _said(rng: Random, page: WikiPage) -> str:
    if page.product is not None and rng.random() < 0.6:
        intent: Intent = rng.choice(("ask", "complain", "compare", "praise"))
        item = PRODUCTS[page.product]
        return text.capitalised(text.sentence(rng, intent, item, "en", text.rival_of(rng, item)))
    subject = page.title.removeprefix("Talk:")
    return rng.choice(WIKI_FACTS).format(t=subject, n=rng.randint(2, 9))
