"""Undo: what a flow has written can be taken back, by its button or in words, for as long as its state allows.

A flow that writes shows `undo_button(d, kind, number)`; how that kind is taken back is registered with `undoable`.
The name of what was written is the response `utter_undo_<kind>`, with `{number}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.payloads import payload
from bot.domain.text import words
from bot.domain.undoing import Wish, taking_back
from bot.services.dialogue import ABOUT, Dialogue, flow
from bot.services.flows.proof import HUMAN

Undo = Callable[[Dialogue, str], Awaitable[bool]]
"""Takes back what was written under a number; False when that is no longer possible. It says nothing."""
UNDOABLE: dict[str, Undo] = {}
ABOUT["undo"] = "undo"


def undoable(kind: str) -> Callable[[Undo], Undo]:
    """Register how a kind of write (`return`, `cancel` …) is undone."""

    def register(function: Undo) -> Undo:
        UNDOABLE[kind] = function
        return function

    return register


def undo_button(d: Dialogue, kind: str, number: str) -> tuple[str, str]:
    """The button that takes back what this turn has written; from now on words can do so too, for a while."""
    d.state.note_write(f"{kind}:{number}", d.now)
    return "utter_button_undo", payload("inform", undo=f"{kind}:{number}")


@flow("undo")
async def undo(d: Dialogue) -> None:
    if d.parse.pressed and d.parse.has("undo"):
        d.answer("undo", str(d.parse.entity("undo")))
    written = d.state.recent_writes(d.now)
    meant = d.frame.answers.get("undo") or await _meant(d, written)
    if meant is None:
        return d.say("utter_nothing_undone" if written else "utter_nothing_to_undo", buttons=[HUMAN])
    kind, _, number = meant.partition(":")
    d.state.forget_write(meant)
    done = kind in UNDOABLE and await UNDOABLE[kind](d, number)
    d.turn.looked_up("undo", f"{kind} {number}: {'undone' if done else 'not possible any more'}")
    if not done:
        d.turn.ledger.note("wish", f"undo {kind} {number}", d.turn.source())
        await d.handoff(Reason.POLICY, "utter_undo_too_late", done=True, what=_title(d, meant))
    d.say("utter_undone", what=_title(d, meant))


async def _meant(d: Dialogue, written: list[str]) -> str | None:
    """Which of those writes is to be taken back; asked unless there is one only and the words are plain."""
    if not written:
        return None
    if len(written) > 1:
        options = [Option(what, _title(d, what), _called(d, what)) for what in reversed(written)]
        return str(await d.ask("undo", "utter_ask_what_to_undo", kind="choice", options=options))
    what = written[0]
    if len(d.state.stack) == 1 and taking_back(d.frame.text) in (Wish.PLAIN, Wish.REGRET):
        return what
    question = f"undo_confirm:{what}"
    sure = await d.ask(question, "utter_confirm_undo", kind="yes_no", what=_title(d, what))
    return what if sure else None


def _title(d: Dialogue, what: str) -> str:
    kind, _, number = what.partition(":")
    return d.text(f"utter_undo_{kind}", number=number)


def _called(d: Dialogue, what: str) -> tuple[str, ...]:
    """The beginnings of the words of its name: "that address" is enough."""
    return tuple(word[:5] for word in words(_title(d, what)) if len(word) > 3)
