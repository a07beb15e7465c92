"""What the sandbox's world holds before anybody lives in it: brands, products, communities, blogs, podcasts, wiki pages. All made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """Something that people adopt. `season` is the demand of each week of the world against its mean, repeated when weeks run out."""

    id: str
    brand: str
    name: str
    category: str
    season: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, slots=True)
class Promotion:
    """A sale: days of the world on which demand for a brand is `lift` times the usual, whoever says what."""

    brand: str
    first_day: int
    days: int
    lift: float


@dataclass(frozen=True, slots=True)
class Community:
    """People alike: what they talk about, how much they care for each category, the language most of them write."""

    name: str
    topic: str
    taste: Mapping[str, float]
    language: str = "en"


BRANDS = {
    "morrowbean": "Morrowbean",
    "tidewell": "Tidewell",
    "kestrel": "Kestrel",
    "fernway": "Fernway",
    "ohmline": "Ohmline",
    "quietude": "Quietude",
}

CATEGORIES = ("coffee", "shoes", "headphones")
PRODUCTS = (
    Product("morrowbean_press", "morrowbean", "Morrowbean Press", "coffee", (0.8, 0.9, 1.0, 1.1, 1.2, 1.3)),
    Product("morrowbean_press_go", "morrowbean", "Morrowbean Press Go", "coffee", (1.2, 1.1, 1.0, 0.9, 0.9, 0.8)),
    Product("tidewell", "tidewell", "Tidewell", "coffee", (0.9, 0.9, 1.0, 1.1, 1.2, 1.2)),
    Product("kestrel_glide", "kestrel", "Kestrel Glide", "shoes", (1.2, 1.3, 1.1, 0.9, 0.8, 0.8)),
    Product("kestrel_glide_pro", "kestrel", "Kestrel Glide Pro", "shoes", (0.8, 1.0, 1.3, 1.2, 0.9, 0.8)),
    Product("fernway_trail_2", "fernway", "Fernway Trail 2", "shoes", (0.8, 0.8, 1.0, 1.2, 1.3, 1.2)),
    Product("ohmline_one", "ohmline", "Ohmline One", "headphones", (1.3, 1.1, 1.0, 0.9, 0.9, 0.9)),
    Product("ohmline_air", "ohmline", "Ohmline Air", "headphones", (0.9, 1.0, 1.0, 1.0, 1.1, 1.2)),
    Product("quietude_buds", "quietude", "Quietude Buds", "headphones", (1.2, 1.2, 1.0, 0.9, 0.9, 1.0)),
)

PROMOTIONS = (
    Promotion("ohmline", 8, 3, 3.0),
    Promotion("kestrel", 15, 4, 2.5),
    Promotion("morrowbean", 25, 3, 3.0),
    Promotion("quietude", 32, 3, 2.5),
)

COMMUNITIES = (
    Community("home baristas", "espresso", {"coffee": 3.0, "shoes": 0.4, "headphones": 0.7}),
    Community("trail runners", "running", {"coffee": 0.8, "shoes": 3.2, "headphones": 0.8}),
    Community("city joggers", "running", {"coffee": 0.7, "shoes": 2.4, "headphones": 1.4}),
    Community("remote workers", "work", {"coffee": 1.6, "shoes": 0.5, "headphones": 2.2}),
    Community("audio tinkerers", "audio", {"coffee": 0.6, "shoes": 0.3, "headphones": 3.2}),
    Community("bird watchers", "birds", {"coffee": 1.0, "shoes": 1.1, "headphones": 0.3}),
    Community("coast people", "sea", {"coffee": 1.3, "shoes": 0.8, "headphones": 0.5}),
    Community("students", "study", {"coffee": 1.5, "shoes": 0.8, "headphones": 1.7}),
    Community("cafeteros", "espresso", {"coffee": 2.6, "shoes": 0.7, "headphones": 0.7}, "es"),
    Community("waldlauf", "running", {"coffee": 0.8, "shoes": 2.6, "headphones": 0.7}, "de"),
    Community("otakebi", "audio", {"coffee": 0.9, "shoes": 0.6, "headphones": 2.4}, "ja"),
    Community("qahwa", "espresso", {"coffee": 2.4, "shoes": 0.5, "headphones": 0.9}, "ar"),
)

MICROBLOG = "murmur.example"
OTHER_MICROBLOGS = ("fjord.example", "plaza.example")

# (slug, title, category, format). A slug is part of sources.yaml: never rename one.
BLOGS: tuple[tuple[str, str, str, str], ...] = tuple(
    (slug, title, category, feed_format)
    for category, titles in {
        "coffee": (
            "Slow Pour",
            "The Second Cup",
            "Crema Notes",
            "Kettle and Scale",
            "Grounds for Thought",
            "Counter Space",
            "Burr by Burr",
            "Filter Days",
            "Morning Extraction",
            "Cafe en Casa",
            "The Cupping Table",
            "Bloom Time",
            "Small Batch Diary",
        ),
        "shoes": (
            "Long Way Home",
            "Mud and Miles",
            "Cadence",
            "Easy Pace",
            "The Back Half",
            "Ridge Lines",
            "Sunday Long Run",
            "Hill Repeats",
            "Waldwege",
            "Last Aid Station",
            "Footfall",
            "Negative Split",
            "Parkside Laps",
            "Trailhead Letters",
        ),
        "headphones": (
            "Flat Response",
            "Quiet Carriage",
            "Desk and Sound",
            "Low Impedance",
            "Signal Chain",
            "The Listening Chair",
            "Open Back",
            "Noise Floor",
            "Headroom",
            "Left Channel",
            "Commuter Audio",
            "Solder and Foam",
            "Soundstage Weekly",
        ),
    }.items()
    for index, title in enumerate(titles)
    for slug in (title.lower().replace(" ", "-"),)
    for feed_format in (("feed.xml", "feed.xml", "atom.xml", "feed.xml", "feed.json", "atom.xml", "rss1.xml", "feed.xml")[index % 8],)
)

# (slug, title, category)
PODCASTS = (
    ("the-grind", "The Grind", "coffee"),
    ("steep-hills", "Steep Hills", "shoes"),
    ("signal-path", "Signal Path", "headphones"),
    ("two-cups-in", "Two Cups In", "coffee"),
    ("miles-between", "Miles Between", "shoes"),
    ("good-enough-audio", "Good Enough Audio", "headphones"),
    ("kit-list", "Kit List", "shoes"),
    ("after-the-roast", "After the Roast", "coffee"),
    ("mute-button", "Mute Button", "headphones"),
    ("small-comforts", "Small Comforts", "coffee"),
)

# Titles of the wiki that are about no brand and no product.
WIKI_SUBJECTS = (
    "Espresso", "Pour-over coffee", "Coffee grinder", "Coffee roasting", "French press", "Cold brew", "Milk steaming", "Water hardness",
    "Trail running", "Running shoe", "Midsole", "Heel-to-toe drop", "Marathon training", "Fell running", "Cadence (running)",
    "Orienteering", "Headphones", "Earbuds", "Active noise cancelling", "Impedance", "Balanced audio", "Ear pad", "Audio codec",
    "Sound isolation", "Common kestrel", "Lesser kestrel", "Bird of prey", "Nest box", "High tide", "Tide pool", "Tide table",
    "Coastal walking", "Thermos flask", "Travel mug", "Home office", "Commuting", "Public library", "Repair cafe", "Consumer testing",
    "Product recall",
)  # fmt: skip


def product(product_id: str) -> Product:
    """The product of that id."""
    return _PRODUCTS[product_id]


_PRODUCTS = {item.id: item for item in PRODUCTS}
