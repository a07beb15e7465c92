"""Blogs and podcasts: whose they are, and who reads or hears them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

PODCAST_GUIDS = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")


@dataclass(frozen=True, slots=True)
class Home:
    """A blog or a podcast: whose it is, and who reads or hears it."""

    slug: str
    title: str
    category: str
    format: str
    authors: tuple[int, ...]
    audience: tuple[int, ...]

    @property
    def site(self) -> str:
        """The address of its front page."""
        return f"https://{self.slug}.example"

    @property
    def guid(self) -> str:
        """The podcast namespace's guid, made from the feed's address."""
        return str(uuid5(PODCAST_GUIDS, f"{self.slug}.example/feed.xml"))
