"""Counting failed tries in a window of time, in memory: a restart forgives, and each process counts for itself."""

from __future__ import annotations

import datetime as dt

from bot.domain.errors import TooManyRequests

MOST = 10
WINDOW = dt.timedelta(minutes=15)
REMEMBERED = 10_000
"""Keys kept at most, so that made-up e-mails cannot fill the memory."""


class Attempts:
    """A try is counted under its keys (whose it is, where from) when it begins, and taken back when it succeeds."""

    def __init__(self) -> None:
        self._tries: dict[str, list[dt.datetime]] = {}

    def count(self, now: dt.datetime, *keys: str) -> None:
        """Count a try under each key. Raises TooManyRequests with the seconds to wait when one of them is full."""
        full = [tries for tries in (self._recent(key, now) for key in keys) if len(tries) >= MOST]
        if full:
            wait = max((tries[-MOST] + WINDOW - now).total_seconds() for tries in full)
            raise TooManyRequests(retry_after=max(1, int(wait + 0.999)))
        if len(self._tries) > REMEMBERED:
            self._tries = {key: tries for key in list(self._tries) if (tries := self._recent(key, now))}
        for key in keys:
            self._tries.setdefault(key, []).append(now)

    def forget(self, key: str) -> None:
        """Who tried has shown who they are: the key's slate is clean."""
        self._tries.pop(key, None)

    def take_back(self, key: str) -> None:
        """One try less. For an address a success is no more than that: others may be guessing from it."""
        if self._tries.get(key):
            self._tries[key].pop()

    def _recent(self, key: str, now: dt.datetime) -> list[dt.datetime]:
        tries = [at for at in self._tries.get(key, ()) if at > now - WINDOW]
        if tries:
            self._tries[key] = tries
        else:
            self._tries.pop(key, None)
        return tries
