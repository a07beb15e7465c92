"""A night is a day of a time zone, also where clocks change; what settings refuse is said in a line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from orchestration.settings import Night, Settings, yesterday


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("UTC", "2026-03-08", "2026-03-08T00:00", 24),
        ("Asia/Tokyo", "2026-03-08", "2026-03-07T15:00", 24),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00", 23),
        ("America/New_York", "2026-11-01", "2026-11-01T04:00", 25),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", 24.5),
        ("Pacific/Auckland", "2026-09-27", "2026-09-26T12:00", 23),
        ("Pacific/Auckland", "2026-04-05", "2026-04-04T11:00", 25),
        ("America/Havana", "2026-03-08", "2026-03-08T05:00", 23),  # midnight itself is skipped
        ("America/Havana", "2026-11-01", "2026-11-01T04:00", 25),  # and comes twice
    ],
)
def test_a_night_is_as_long_as_its_day(zone: str, day: str, start: str, hours: float) -> None:
    night = Night(date.fromisoformat(day), datetime(2027, 1, 1, tzinfo=UTC), ZoneInfo(zone))
    assert night.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert night.end - night.start == timedelta(hours=hours)
    after = Night(night.date + timedelta(days=1), night.now, night.zone)
    assert after.start == night.end


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Kiritimati"])
def test_at_two_the_day_before_has_ended_whole_and_counts_as_its_own(zone: str) -> None:
    first = datetime(2026, 1, 1, 2, tzinfo=ZoneInfo(zone))
    for days in range(365):
        begun = first + timedelta(days=days)  # the same wall clock on each day
        night = Night(yesterday(begun.astimezone(UTC), begun.tzinfo or UTC), begun.astimezone(UTC), ZoneInfo(zone))
        assert night.date == (first + timedelta(days=days - 1)).date()
        assert night.end <= night.now
        assert night.observed_date == night.date


def test_counts_of_a_night_that_runs_late_belong_to_the_day_they_were_seen() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    day = date(2026, 9, 10)
    assert Night(day, datetime(2026, 9, 11, 14, 59, tzinfo=UTC), tokyo).observed_date == day
    assert Night(day, datetime(2026, 9, 11, 15, 0, tzinfo=UTC), tokyo).observed_date == date(2026, 9, 12)


def test_a_night_that_has_not_begun_there_is_refused() -> None:
    now = datetime(2026, 9, 10, 15, tzinfo=UTC)
    assert Night(date(2026, 9, 10), now, ZoneInfo("Asia/Tokyo")).end == now
    with pytest.raises(ValueError, match="2026-09-11 has not begun: it is 2026-09-11 00:00 Asia/Tokyo"):
        Night(date(2026, 9, 11), now, ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize("name", ["Europe/Berln", "", "../etc/passwd", "europe", "/etc/localtime"])
def test_an_unknown_zone_is_refused_in_a_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_TIMEZONE", name)
    with pytest.raises(ValidationError) as refused:
        Settings()
    (fault,) = refused.value.errors()
    assert fault["loc"] == ("timezone",)
    assert fault["msg"] == f"no time zone {name!r} is known: write one such as Europe/Berlin or UTC"


def test_a_time_that_has_not_come_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_NOW", (datetime.now(UTC) + timedelta(seconds=30)).isoformat())
    assert Settings().now is not None
    monkeypatch.setenv("GROUNDSWELL_NOW", (datetime.now(UTC) + timedelta(minutes=2)).isoformat())
    with pytest.raises(ValidationError, match=r"has not come yet, it is .*: unset it, or set a time that has passed"):
        Settings()
