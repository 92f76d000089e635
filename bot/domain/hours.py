"""When people work: opening hours, public holidays, and the next moment somebody can answer."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import holidays

SHOP_ZONE = ZoneInfo("Europe/Warsaw")
_PART = re.compile(r"^([1-7])(?:-([1-7]))? (\d\d):(\d\d)-(\d\d):(\d\d)$")


@dataclass(frozen=True)
class OpeningHours:
    """`spans[weekday]` is (opens, closes) in the shop's own time; Monday is 1. Closed on public holidays of `country`."""

    spans: dict[int, tuple[dt.time, dt.time]]
    zone: ZoneInfo
    country: str = "PL"

    @classmethod
    def parse(cls, text: str, zone: ZoneInfo = SHOP_ZONE, country: str = "PL") -> OpeningHours:
        """From `1-5 08:00-20:00, 6 10:00-16:00`. Raises ValueError that says what is wrong."""
        spans: dict[int, tuple[dt.time, dt.time]] = {}
        for part in text.split(","):
            match = _PART.match(part.strip())
            if match is None:
                raise ValueError(f"{part.strip()!r} is not like '1-5 08:00-20:00' (1 = Monday)")
            first, last = int(match[1]), int(match[2] or match[1])
            opens, closes = dt.time(int(match[3]), int(match[4])), dt.time(int(match[5]), int(match[6]))
            if closes <= opens:
                raise ValueError(f"{part.strip()!r} closes before it opens")
            spans |= dict.fromkeys(range(first, last + 1), (opens, closes))
        return cls(spans, zone, country)

    def span(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """Opening and closing of that day, or None when closed."""
        hours = self.spans.get(day.isoweekday())
        if hours is None or day in holidays.country_holidays(self.country, years=day.year):
            return None
        opens, closes = (dt.datetime.combine(day, at, self.zone) for at in hours)
        return opens, closes

    def is_open(self, now: dt.datetime) -> bool:
        span = self.span(now.astimezone(self.zone).date())
        return span is not None and span[0] <= now < span[1]

    def after(self, now: dt.datetime, work: dt.timedelta) -> dt.datetime:
        """The moment by which `work` has passed counting open hours only, in UTC."""
        moment, left = now.astimezone(self.zone), work
        for _ in range(370):
            span = self.span(moment.date())
            if span is not None and moment < span[1]:
                start = max(moment, span[0])
                if start + left <= span[1]:
                    return (start + left).astimezone(dt.UTC)
                left -= span[1] - start
            moment = dt.datetime.combine(moment.date() + dt.timedelta(days=1), dt.time(0), self.zone)
        raise ValueError("the opening hours leave no time in a whole year")
