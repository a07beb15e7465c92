"""Writes what the people of the sandbox say. The same draws give the same words."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from connectors.sandbox.catalog import BRANDS, PRODUCTS, Product
from connectors.sandbox.phrases import (
    AMBIGUOUS,
    CATEGORY_TAGS,
    CHATTER,
    CHATTER_TAILS,
    DAYS,
    DETAILS,
    EMOJI,
    FAULTS,
    LINKED,
    NOUNS,
    OPENERS,
    POINTERS,
    SENTENCES,
    STORY_TITLES,
)
from connectors.sandbox.posts import Intent


def sentence(rng: Random, intent: Intent, product: Product, language: str = "en", rival: Product | None = None) -> str:
    """One sentence about a product."""
    templates = SENTENCES.get(language, {}).get(intent) or SENTENCES["en"][intent]
    number = rng.randint(2, 9)
    words = rng.choice(templates).format(
        p=product.name,
        o=rival.name if rival else "",
        d=rng.choice(DETAILS[product.category]).format(n=number),
        f=rng.choice(FAULTS[product.category]).format(n=number),
        n=number,
        site=f"https://{product.brand}.example/",
    )
    return words.replace(" a Ohmline", " an Ohmline")


def rival_of(rng: Random, product: Product) -> Product:
    """Another brand's product of the same kind."""
    return rng.choice([item for item in PRODUCTS if item.category == product.category and item.brand != product.brand])


def capitalised(text: str) -> str:
    """With a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def _opened(rng: Random, body: str) -> str:
    """The sentence after one of the openers, its first letter as the opener wants it."""
    opener = rng.choice(OPENERS)
    if not opener.endswith((", ", "but ")):
        return opener + capitalised(body)
    first = body.split(" ")[0]
    is_name = first == "I" or any(first in item.name for item in PRODUCTS)
    return opener + (body if is_name else body[0].lower() + body[1:])


def note(rng: Random, intent: Intent, product: Product, language: str = "en", rival: Product | None = None) -> str:
    """A short post about a product, with hashtags most of the time."""
    body = sentence(rng, intent, product, language, rival)
    body = _opened(rng, body) if language == "en" and intent != "promotion" else capitalised(body)
    tags = [product.brand] if rng.random() < 0.84 else []
    if rival and rng.random() < 0.6:
        tags.append(rival.brand)
    if rng.random() < 0.3:
        tags.append(rng.choice(CATEGORY_TAGS[product.category]))
    if intent in ("ask", "complain") and rng.random() < 0.2:
        body += f" @{product.brand}"
    words = body + rng.choice(EMOJI)
    return words + "".join(f" #{tag}" for tag in tags)


def pointer(rng: Random, language: str, who: str, post: str) -> str:
    """A sentence that says because of whom, or of what post, something was bought."""
    if language in LINKED and post and rng.random() < 0.4:
        return rng.choice(LINKED[language]).format(post=post)
    return rng.choice(POINTERS[language]).format(who=who)


def chatter(rng: Random, topic: str, language: str = "en") -> str:
    """A short post about no brand."""
    own = SENTENCES.get(language, {}).get("chatter")
    words = rng.choice(own) if own else _opened(rng, rng.choice(CHATTER[topic])) + rng.choice(CHATTER_TAILS)
    tag = f" #{topic}" if rng.random() < 0.25 else ""
    return words.format(n=rng.randint(2, 9), day=rng.choice(DAYS)) + rng.choice(EMOJI) + tag


def story_title(rng: Random) -> str:
    """A message board's headline about no brand."""
    return rng.choice(STORY_TITLES).format(n=rng.randint(2, 9), day=rng.choice(DAYS))


def ambiguous(rng: Random) -> str:
    """A short post with a brand's word in its other sense."""
    text = rng.choice(AMBIGUOUS).format(n=rng.randint(2, 9))
    return text + rng.choice(("", " #birding", " #coast", " #morning"))


def answer(rng: Random, language: str) -> str:
    """A reply that names nothing."""
    return rng.choice((SENTENCES.get(language) or SENTENCES["en"])["answer"])


def article(rng: Random, intent: Intent, product: Product, language: str, rival: Product | None, topic: str) -> tuple[str, str]:
    """A blog post's title and text about a product."""
    title = rng.choice(
        {
            "own": ("{p}: the first week", "Why I bought a {p}", "New on the shelf: {p}"),
            "recommend": ("The {n} I tell everybody to buy", "Buy this: {p}", "A {n} for most people"),
            "praise": ("A year with the {p}", "In praise of the {p}", "Still the one: {p}"),
            "complain": ("What went wrong with my {p}", "{p}: a disappointment", "Sending back the {p}"),
            "compare": ("{p} against {o}", "{p}, {o}, and how to choose", "Two weeks, two {n}s: {p} and {o}"),
            "ask": ("Should I get a {p}?", "Help me choose: {p}?", "Questions about the {p}"),
        }[intent]
    ).format(p=product.name, o=rival.name if rival else "", n=NOUNS[product.category])
    paragraphs = [sentence(rng, intent, product, language, rival)]
    for _ in range(rng.randint(1, 3)):
        side: Intent = intent if rng.random() < 0.6 else "compare"
        extra = sentence(rng, side, product, language, rival or rival_of(rng, product))
        paragraphs.append(f"{extra} {chatter(rng, topic)}")
    return title, "\n\n".join(capitalised(part) for part in paragraphs)


def diary(rng: Random, topic: str, language: str) -> tuple[str, str]:
    """A blog post's title and text about no brand."""
    title = rng.choice(("Notes from the week", "Odds and ends", "Small things", "What I read", "A slow Sunday")) + f", {topic}"
    return title, "\n\n".join(chatter(rng, topic, language) for _ in range(rng.randint(2, 4)))


def shownotes(rng: Random, products: Sequence[Product], intents: Sequence[Intent], topic: str, guests: Sequence[str]) -> tuple[str, str]:
    """An episode's title and description."""
    names = " and ".join(item.name for item in products)
    subject = f"{names}" if products else rng.choice(("Listeners' letters", "The long season", "Kit that lasts", "A quiet week"))
    lines = [f"This week we talk about {subject[0].lower() + subject[1:] if not products else subject}."]
    lines += [capitalised(sentence(rng, intent, item, "en", rival_of(rng, item))) for item, intent in zip(products, intents, strict=True)]
    if guests:
        lines.append(f"With our guest {' and '.join(guests)}.")
    lines.append(chatter(rng, topic))
    return subject, "\n\n".join(lines)


def brand_bio(brand: str) -> str:
    """What a brand's own account says of itself."""
    return f"The makers of {BRANDS[brand]}. Questions: https://{brand}.example/help"
