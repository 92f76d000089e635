"""Dates, times and money as people write them, in the customer's language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency

_WORDS = {
    "pl": {"today": "dziś", "tomorrow": "jutro", "yesterday": "wczoraj", "at": "{} o {}"},
    "en": {"today": "today", "tomorrow": "tomorrow", "yesterday": "yesterday", "at": "{} at {}"},
}


def money(amount: Decimal, language: str) -> str:
    """`329,00 zł` or `PLN 329.00`."""
    if language == "pl":
        return str(format_currency(amount, "PLN", locale="pl_PL"))
    return str(format_currency(amount, "PLN", "¤¤ #,##0.00", locale="en_GB"))


def day_words(day: dt.date, today: dt.date, language: str) -> str:
    """`dziś`, `jutro`, otherwise `piątek 24 lipca` / `Friday 24 July`, with the year when it is another one."""
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((day - today).days)
    if near:
        return _WORDS[language][near]
    pattern = "EEEE d MMMM" if day.year == today.year else "EEEE d MMMM y"
    return str(format_date(day, pattern, locale=language))


def rounded_up(moment: dt.datetime) -> dt.datetime:
    """The next full five minutes."""
    since = dt.timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment + -since % dt.timedelta(minutes=5)


def moment_words(moment: dt.datetime, now: dt.datetime, zone: ZoneInfo, language: str) -> str:
    """`dziś o 14:05`, `tomorrow at 08:30`: rounded up to five minutes, so that a promise is never read too early."""
    local = rounded_up(moment.astimezone(zone))
    day = day_words(local.date(), now.astimezone(zone).date(), language)
    return _WORDS[language]["at"].format(day, format_time(local, "HH:mm", locale=language))
