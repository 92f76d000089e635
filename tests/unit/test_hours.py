"""Opening hours: what is promised falls when somebody is there."""

import datetime as dt

import pytest

from bot.domain.hours import OpeningHours

HOURS = OpeningHours.parse("1-5 08:00-20:00, 6 10:00-16:00")


def warsaw(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=HOURS.zone)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-06-16 08:00", True),  # a Tuesday
        ("2026-06-16 20:00", False),
        ("2026-06-13 12:00", True),  # a Saturday
        ("2026-06-14 12:00", False),  # a Sunday
        ("2026-06-04 12:00", False),  # Corpus Christi, a Thursday
        ("2026-11-11 12:00", False),  # Independence Day
    ],
)
def test_open_and_closed(moment: str, is_open: bool) -> None:
    assert HOURS.is_open(warsaw(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "minutes", "due"),
    [
        ("2026-06-16 10:00", 30, "2026-06-16 10:30"),
        ("2026-06-16 19:50", 30, "2026-06-17 08:20"),
        ("2026-06-13 15:50", 30, "2026-06-15 08:20"),  # over the Sunday
        ("2026-06-03 23:00", 30, "2026-06-05 08:30"),  # over Corpus Christi
        ("2026-10-24 15:59", 30, "2026-10-26 08:29"),  # over the end of summer time
    ],
)
def test_work_is_counted_in_open_hours_only(moment: str, minutes: int, due: str) -> None:
    assert HOURS.after(warsaw(moment), dt.timedelta(minutes=minutes)) == warsaw(due)


@pytest.mark.parametrize("text", ["", "always", "1-5 8-20", "1-5 20:00-08:00", "8 08:00-20:00", "1-5 25:00-26:00"])
def test_wrong_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        OpeningHours.parse(text)
