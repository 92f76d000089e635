"""A return that is given up before anything was sent back: right after it was opened, or later, in words."""

from __future__ import annotations

import re

from bot.domain.dialogue import Option
from bot.domain.text import fold
from bot.services.dialogue import LISTENERS, Dialogue, flow
from bot.services.flows.goods import REFUND, RETURN, settle_promise
from bot.services.flows.proof import HUMAN, proven_order
from bot.services.flows.undo import undoable
from bot.storage.shop import Return

_GIVES_UP = re.compile(
    r"\b(anuluj\w*|anulow\w*|wycof\w*|z?rezygn\w*|odwol\w*|cofn\w*|cancel|withdraw|call off|drop)( \w+){0,2} "
    r"(zwrot\w*(?! (pieni|kwot|srodk))|returns?)\b"
)


def withdraws_return(d: Dialogue) -> bool:
    """True if the words are about giving up a return that is open, not about opening one."""
    return bool(_GIVES_UP.search(fold(d.frame.text)))


async def gives_up_a_return(d: Dialogue) -> str | None:
    """It says so in words, whatever the sentence looks like otherwise: "cancel my return" is no order's cancelling."""
    busy = any(frame.flow in ("start_return", "cancel_return") for frame in d.state.stack)
    return "cancel_return" if not busy and _GIVES_UP.search(fold(d.parse.text)) else None


LISTENERS.append(gives_up_a_return)


@undoable("return")
async def undo_return(d: Dialogue, number: str) -> bool:
    """A return nobody has sent back yet is as if it had never been."""
    found = await d.session.get(Return, number)
    if found is None or found.status != "opened":
        return False
    found.status = "cancelled"
    await settle_promise(d, "refund", number)
    return True


@flow("cancel_return")
async def cancel_return(d: Dialogue) -> None:
    """Later, in words: the open return of an order, confirmed first."""
    order = await proven_order(d, lambda order: any(item.status == "opened" for item in order.returns))
    standing = [item for item in order.returns if item.status != "cancelled"]
    opened = [item for item in standing if item.status == "opened"]
    if not standing:
        return d.say("utter_no_return", buttons=[RETURN, HUMAN], number=order.number)
    if not opened:
        return d.say("utter_return_sent_already", buttons=[REFUND, HUMAN], number=standing[-1].number)
    options = [Option(item.number, item.number, (item.number.rpartition("-")[2],)) for item in opened]
    number = opened[0].number
    if len(opened) > 1:
        number = await d.ask("cancel_return", "utter_ask_which_return", kind="choice", options=options)
    if not await d.ask(f"cancel_return_confirm:{number}", "utter_confirm_cancel_return", kind="yes_no", number=number):
        return d.say("utter_return_stays", buttons=[REFUND, HUMAN], number=number)
    await undo_return(d, number)
    d.turn.looked_up("return", f"{number} cancelled")
    d.say("utter_return_cancelled", buttons=[RETURN, HUMAN], number=number)
