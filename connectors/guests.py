"""People without an account: told apart by the name they left, unknown where they left none, and never one person."""

from __future__ import annotations

import re
import unicodedata

from connectors.markup.entities import unescaped

GUEST = "guest"
"""The id of an author of whom nothing is known; no account has it, and staging makes it NULL."""

_NOBODY = frozenset({
    "0", "guest", "guests", "anonymous", "anonymous user", "anonymous coward", "anon", "anonym", "anonyme", "anonimo", "anónimo", "anônimo",
    "anoniem", "гость", "аноним", "匿名", "名無しさん", "gast", "invité", "invitado", "ospite", "convidado", "visitor", "besucher",
    "unregistered", "unknown", "unbekannt", "inconnu", "nobody", "somebody", "someone", "null", "none", "nil", "undefined", "n/a", "na",
    "-", "?", "deleted", "[deleted]", "[removed]", "deleted user", "former user", "a former user", "former member", "deleted member",
    "[[global:guest]]", "[[global:former_user]]", "[[global:former-user]]",
})  # fmt: skip
"""What software writes where nobody left a name; 0 is the number of no account."""
_LONGEST = 100


def is_nobody(name: str | None) -> bool:
    """Whether a name or id, or the last part of an id such as 4chan:Anonymous, stands for whoever has none."""
    told = unescaped(name or "").strip().casefold()
    return not told or told in _NOBODY or told.rpartition(":")[2].strip() in _NOBODY


def guest_id(name: str | None) -> str | None:
    """The id of a guest by the name they left: the same however it is spelled or escaped. None where they left none."""
    told = " ".join(unicodedata.normalize("NFKC", unescaped(name or "")).split())[:_LONGEST].casefold()
    return None if is_nobody(told) or re.search(r"\S@\S+\.\S", told) else f"{GUEST}:{told}"
