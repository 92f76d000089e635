"""The conversation itself: greetings, thanks, what the assistant is and can do."""

from __future__ import annotations

from bot.domain.conversation import Reason
from bot.domain.payloads import payload
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.goods import COMPLAINT
from bot.services.flows.photos import keep_with_open_complaint
from bot.services.flows.proof import HUMAN
from bot.services.open_turn import Outcome

DELIVERY_PROBLEM = ("utter_button_delivery_problem", payload("report_delivery_problem"))
MENU = (
    ("utter_button_order_status", payload("ask_order_status")),
    ("utter_button_return", payload("start_return")),
    ("utter_button_products", payload("recommend_product")),
    HUMAN,
)


@flow("greet", courtesy=True)
async def greet(d: Dialogue) -> None:
    busy = len(d.state.stack) > 1
    d.say("utter_greet_again" if busy else "utter_greet", buttons=() if busy else MENU)


@flow("thank", courtesy=True)
async def thank(d: Dialogue) -> None:
    d.say("utter_thank")


@flow("goodbye")
async def goodbye(d: Dialogue) -> None:
    """What was under way stays, unasked, should the customer come back to it."""
    d.say("utter_goodbye")
    d.state.stack.pop()
    if not d.state.stack:
        d.turn.outcome = Outcome("resolved")
    d.state.question = None
    d.leave()


@flow("capabilities")
async def capabilities(d: Dialogue) -> None:
    d.say("utter_capabilities", buttons=MENU)


@flow("bot_challenge", courtesy=True)
async def bot_challenge(d: Dialogue) -> None:
    d.say("utter_bot_challenge", buttons=[HUMAN] if len(d.state.stack) == 1 else ())


@flow("out_of_scope")
async def out_of_scope(d: Dialogue) -> None:
    d.say("utter_out_of_scope", buttons=MENU if len(d.state.stack) == 1 else ())


@flow("attachment")
async def attachment(d: Dialogue) -> None:
    """A file: kept with the complaint just filed, else for whoever deals with the conversation. With nothing under way
    the customer is asked what it is about."""
    if len(d.state.stack) == 1 and (number := await keep_with_open_complaint(d)) is not None:
        return d.say("utter_attachment_added", number=number, buttons=[DELIVERY_PROBLEM, HUMAN])
    d.say("utter_attachment")
    if len(d.state.stack) == 1:
        d.say("utter_attachment_about", buttons=[COMPLAINT, DELIVERY_PROBLEM, HUMAN])


@flow("answer")
async def answer(d: Dialogue) -> None:
    """An intent an administrator added: its own text, or a next step when it has none yet."""
    name = f"utter_{d.parse.intent}"
    if d.has(name):
        return d.say(name)
    d.say("utter_rephrase", buttons=[HUMAN])


# What actions do beside starting flows


async def request_human(d: Dialogue) -> None:
    await d.call_human(Reason.ASKED)


async def frustration(d: Dialogue) -> None:
    await d.call_human(Reason.FRUSTRATED)


async def back_to_bot(d: Dialogue) -> None:
    """The customer would rather go on with the bot: it says what it is, and takes up what was under way."""
    d.say("utter_bot_again")
    await d.resume()
