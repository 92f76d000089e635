"""The flows there are, by name, and what leads to them beside an intent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.services.dialogue import Dialogue

Flow = Callable[["Dialogue"], Awaitable[None]]
FLOWS: dict[str, Flow] = {}
ABOUT = {
    "order_number": "order_status",
    "return_number": "refund_status",
    "complaint_number": "complaint_status",
    "nip": "invoice",
    "article": "knowledge",
    "identify": "identify",
}
"""The flow a bare value is about when nothing was asked; the last two come from buttons."""


LISTENERS: list[Callable[[Dialogue], Awaitable[str | None]]] = []
"""Hear every message in words before its intent counts. One that knows what it points at names the flow it belongs to:
"the second one" and "and in blue?" are about what was shown, whatever they look like to the NLU."""

FLEETING: set[str] = set()
"""Flows that are dropped, not gone back to, when something else comes up: somebody looking around in the shop."""


COURTESIES: set[str] = set()
"""Flows that are one polite line: the question they interrupt comes back in the same breath."""


def flow(name: str, *, fleeting: bool = False, courtesy: bool = False) -> Callable[[Flow], Flow]:
    """Register a flow under the name its action starts it by."""

    def register(function: Flow) -> Flow:
        FLOWS[name] = function
        if fleeting:
            FLEETING.add(name)
        if courtesy:
            COURTESIES.add(name)
        return function

    return register
