"""Troubles a stand-in can be told to make, and the pace it holds callers to."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web


@dataclass
class Fault:
    """The next `times` calls of `method` (any, when empty) take `delay` seconds and, with a status, fail with it."""

    method: str = ""
    status: int = 0
    body: Any = None
    delay: float = 0.0
    times: int = 1
    after: bool = False
    """The call takes effect and only its answer is lost: what a caller sees as a time-out."""


class Faults:
    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def plan(self, fault: Fault) -> None:
        self._planned.append(fault)

    def __bool__(self) -> bool:
        """True while something planned has not happened yet."""
        return bool(self._planned)

    def clear(self) -> None:
        self._planned.clear()

    def take(self, method: str) -> Fault | None:
        for fault in self._planned:
            if fault.method in ("", method):
                fault.times -= 1
                if fault.times <= 0:
                    self._planned.remove(fault)
                return fault
        return None

    async def answer(self, method: str, call: Callable[[], Any]) -> web.Response | None:
        """Make the planned trouble: an answer, or None when the call goes on as usual."""
        fault = self.take(method)
        if fault is None:
            return None
        if fault.after:
            call()
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if not fault.status:
            return None
        if isinstance(fault.body, dict | list):
            return web.json_response(fault.body, status=fault.status)
        return web.Response(text=str(fault.body or ""), status=fault.status)


class Bucket:
    """`take(key)` is 0 when a call is within the pace, else the whole seconds to wait."""

    def __init__(self, burst: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._seconds = seconds
        self._now = now
        self._times: dict[Any, deque[float]] = defaultdict(deque)

    def take(self, key: Any) -> int:
        times, now = self._times[key], self._now()
        while times and now - times[0] >= self._burst * self._seconds:
            times.popleft()
        if len(times) >= self._burst:
            return max(1, round(self._burst * self._seconds - (now - times[0]) + 0.5))
        times.append(now)
        return 0
