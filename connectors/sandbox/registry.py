"""Which view shows a venue: that of the module of its platform's name."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.venues import VENUES


def view_class(platform: str) -> type[VenueView]:
    """The platform's view, or what all views share where it has none yet."""
    module = f"connectors.sandbox.views.{platform}"
    if find_spec(module) is None:
        return VenueView
    found: type[VenueView] = import_module(module).View
    return found


def served_platforms() -> list[str]:
    """The venues that have a view."""
    return [venue.platform for venue in VENUES if view_class(venue.platform) is not VenueView]
