"""What the names of time zones mean, which no standard says for all of them."""

from __future__ import annotations

from collections.abc import Mapping

ZONES: Mapping[str, float | str] = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **dict.fromkeys(("west", "cet", "met", "mez", "bst", "wat"), 1),
    **dict.fromkeys(("cest", "mest", "mesz", "eet", "cat", "sast"), 2),
    **dict.fromkeys(("eest", "msk", "eat", "trt"), 3),
    **dict.fromkeys(("gst", "samt"), 4),
    **dict.fromkeys(("pkt", "yekt"), 5),
    "ist": 5.5,
    "npt": 5.75,
    **dict.fromkeys(("ict", "wib"), 7),
    **dict.fromkeys(("hkt", "sgt", "awst", "pht", "myt"), 8),
    **dict.fromkeys(("jst", "kst"), 9),
    "acst": 9.5,
    "aest": 10,
    "acdt": 10.5,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "nst": -3.5,
    "ndt": -2.5,
    **dict.fromkeys(("adt", "brt", "art", "clst"), -3),
    **dict.fromkeys(("ast", "edt", "clt"), -4),
    **dict.fromkeys(("est", "cdt"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    **dict.fromkeys(("pst", "akdt"), -8),
    "akst": -9,
    "hst": -10,
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
"""What the names of zones mean here: hours ahead of UTC, or a place whose summer time decides."""

AMBIGUOUS: Mapping[str, str] = {
    "bst": "British summer time, +01:00; also Bangladesh, +06:00",
    "ist": "India, +05:30; also Ireland, +01:00, and Israel, +02:00",
    "gst": "the Gulf, +04:00; also South Georgia, -02:00",
    "ast": "the Atlantic, -04:00; also Arabia, +03:00",
    "cst": "North America's centre, -06:00; also China, +08:00, and Cuba, -05:00",
    "pst": "North America's west, -08:00; also the Philippines, +08:00",
    "mst": "North America's mountains, -07:00; also Malaysia, +08:00",
    "est": "North America's east, -05:00; also Australia, +10:00",
    "edt": "North America's east, -04:00; also Australia, +11:00",
}
"""Names that more than one zone has, the meaning that counts here first: RFC 822's where it names one, else that of most people."""

RFC_822 = frozenset({"est", "edt", "cst", "mst", "pst"})
"""Names that mail and RSS may hold by their standard, which leaves them one meaning."""
