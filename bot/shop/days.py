"""Days as the shop's calendar has them: a parcel delivered at 23:30 UTC in July came the next day in Warsaw."""

from __future__ import annotations

import datetime as dt

from bot.domain.hours import SHOP_ZONE


def local_day(at: dt.datetime) -> dt.date:
    """The calendar day of an aware datetime in the shop's time zone."""
    return at.astimezone(SHOP_ZONE).date()
