"""What there is to follow in the sandbox: what its sources.yaml names."""

from __future__ import annotations

from connectors.sandbox.catalog import BLOGS, BRANDS, PODCASTS


def directory(base_url: str) -> dict[str, list[str]]:
    """Addresses and names that are the same for every seed, by kind."""
    return {
        "blogs": [f"{base_url}/blogs/{slug}/{feed_format}" for slug, _, _, feed_format in BLOGS],
        "podcasts": [f"{base_url}/podcasts/{slug}/feed.xml" for slug, _, _ in PODCASTS],
        "mastodon": [f"{base_url}/mastodon"],
        "wikis": [f"{base_url}/wiki"],
        "message_boards": [f"{base_url}/hacker_news"],
        "tags": list(BRANDS),
        "accounts": list(BRANDS),
    }
