"""Counting failed tries in a window of time, in memory: a restart forgives, and each process counts for itself."""

from __future__ import annotations

import datetime as dt

from bot.domain.errors import TooManyRequests

MOST = 10
WINDOW = dt.timedelta(minutes=15)
REMEMBERED = 10_000
"""Keys kept at most, so that made-up e-mails cannot fill the memory."""


class Attempts:
    """A try is counted when it begins and taken back when it succeeds."""

    def __init__(self) -> None:
        self._tries: dict[str, list[dt.datetime]] = {}

    def count(self, now: dt.datetime, email: str, ip: str) -> None:
        """Count a try of that e-mail from that address. Raises TooManyRequests with the seconds to wait."""
        keys = _keys(email, ip)
        full = [tries for tries in (self._recent(key, now) for key in keys) if len(tries) >= MOST]
        if full:
            wait = max((tries[-MOST] + WINDOW - now).total_seconds() for tries in full)
            raise TooManyRequests(retry_after=max(1, int(wait + 0.999)))
        if len(self._tries) > REMEMBERED:
            self._tries = {key: tries for key in list(self._tries) if (tries := self._recent(key, now))}
        for key in keys:
            self._tries.setdefault(key, []).append(now)

    def succeeded(self, email: str, ip: str) -> None:
        """The e-mail's slate is clean. The address only gets this try back: others may be guessing from it."""
        by_email, by_ip = _keys(email, ip)
        self._tries.pop(by_email, None)
        if self._tries.get(by_ip):
            self._tries[by_ip].pop()

    def _recent(self, key: str, now: dt.datetime) -> list[dt.datetime]:
        tries = [at for at in self._tries.get(key, ()) if at > now - WINDOW]
        if tries:
            self._tries[key] = tries
        else:
            self._tries.pop(key, None)
        return tries


def _keys(email: str, ip: str) -> tuple[str, str]:
    return f"email:{email[:254]}", f"ip:{ip}"
