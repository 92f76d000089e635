"""Which order a flow is about, and the proof that it is the customer's.

An order opens with its number and the e-mail, phone or postcode it was placed with; that proof opens this order only.
A wrong pair and an order that does not exist are answered with the same words, take the same way through the database,
and both count as a try.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Sequence

from sqlalchemy import func, select

from bot.domain.addresses import address_in
from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.facts import told
from bot.domain.payloads import payload
from bot.services.dialogue import Dialogue
from bot.services.wording import day_words
from bot.shop.days import local_day
from bot.shop.orders import claimed_order, find_order, orders_of, proves
from bot.storage.shop import Order
from bot.storage.tables import VerificationAttempt

TRIES = 5
"""Wrong pairs, of a conversation, an order or an address, after which a human decides."""
AT_ONCE = 4
"""Addresses of one customer that are compared with one order at a time."""
WINDOW = dt.timedelta(hours=24)
PROOFS = ("email", "phone", "postcode")
FACTS = ("order_number", *PROOFS)
HUMAN = ("utter_button_human", payload("request_human"))

Fits = Callable[[Order], bool]


async def proven_order(d: Dialogue, fits: Fits | None = None) -> Order:
    """The order this flow is about, proven. `fits` narrows what an identified customer is offered."""
    return await proven(d, await _number(d, fits))


async def proven(d: Dialogue, number: str) -> Order:
    """The order of that number; asks for the proof, or for other data after a wrong one."""
    order = await claimed_order(d.session, number)
    if order is not None and is_open_to(d, order):
        d.turn.looked_up("order", f"{order.number}: {order.status}")
        return await _whole(d, order)
    given = _given(d)
    if not given:
        await d.ask("email", "utter_ask_proof", kind="fact", facts=FACTS, buttons=[HUMAN], number=number)
    await _refuse_guessing(d, number, given)
    if order is not None and any(proves(order, **{key: value}) for key, value in given):
        _record(d, number, list(_tries(number, given))[:1], success=True)
        source = {"kind": "lookup", "what": "verification"}
        d.turn.ledger.note("proven_order", order.number, source, confirmed=True)
        if order.recipient and d.fact("name") is None:
            d.turn.ledger.note("name", order.recipient, source)
        d.turn.looked_up("verification", f"{order.number}: proven")
        return await _whole(d, order)
    fresh = await _untried(d, number, given)
    if fresh:
        _record(d, number, fresh, success=False)
        d.turn.looked_up("verification", f"{number}: no such pair")
        await _refuse_guessing(d, number, given)
    await d.ask("order_number", "utter_order_not_matched", kind="fact", facts=FACTS, buttons=[HUMAN], again=True)
    raise AssertionError("ask ends the turn")


async def _whole(d: Dialogue, order: Order) -> Order:
    return await find_order(d.session, order.number) or order


def is_open_to(d: Dialogue, order: Order) -> bool:
    """True if the order is the identified customer's, or was proven in this conversation."""
    if d.customer_id is not None and order.customer_id == d.customer_id:
        return True
    return order.number in d.turn.ledger.values("proven_order")


# The number


async def _number(d: Dialogue, fits: Fits | None) -> str:
    if len(d.frame.orders) == 1:
        return d.frame.orders[0]
    known = d.frame.orders or _mentioned(d)
    if not known and d.customer_id is not None:
        return await _own_order(d, d.customer_id, fits)
    if len(known) > 1:
        options = [Option(number, number) for number in known]
        known = [await d.ask("order_choice", "utter_ask_which_order", kind="choice", options=options, facts=FACTS)]
    if not known:
        text = "utter_ask_order_number" if _given(d) else "utter_ask_order_and_contact"
        await d.ask("order_number", text, kind="fact", facts=FACTS, buttons=[HUMAN])
    return _settle(d, known[0])


def _mentioned(d: Dialogue) -> list[str]:
    """The orders this conversation was about so far. One is taken as meant; of several the customer chooses."""
    below = [number for frame in d.state.stack[:-1] for number in frame.orders]
    told = d.fact("order_number")
    numbers = list(dict.fromkeys([*d.state.orders, *below])) or ([told] if told else [])
    return numbers[-5:]


async def _own_order(d: Dialogue, customer_id: str, fits: Fits | None) -> str:
    mine = await orders_of(d.session, customer_id, 8)
    wanted = [order for order in mine if fits is None or fits(order)] or mine
    if not wanted:
        await d.ask("order_number", "utter_ask_order_number", kind="fact", facts=FACTS, buttons=[HUMAN])
    if len(wanted) == 1:
        return _settle(d, wanted[0].number)
    options = [Option(order.number, order_title(d, order)) for order in wanted[:5]]
    chosen = await d.ask("order_choice", "utter_ask_which_order", kind="choice", options=options, facts=FACTS)
    return _settle(d, chosen)


def _settle(d: Dialogue, number: str) -> str:
    """From now on this flow is about that order, whatever other orders come up in between."""
    d.frame.orders = [number]
    d.drop("order_choice")
    return number


def order_title(d: Dialogue, order: Order) -> str:
    """What a button calls an order: its number, its day, the first product."""
    name = product_name(d, order.lines[0].variant.product) if order.lines else ""
    parts = [order.number, day_words(local_day(order.created_at), d.today, d.language), name]
    return " · ".join(part for part in parts if part)


def product_name(d: Dialogue, product: object) -> str:
    return str(getattr(product, f"name_{d.language}"))


# The tries


def _given(d: Dialogue) -> list[tuple[str, str]]:
    """What may prove an order: what is known, and what else this message names ("anna@… or ania@…")."""
    now = [pair for pair in told(list(d.parse.entities)) if pair[0] in PROOFS]
    known = [(key, value) for key in PROOFS if (value := d.fact(key)) is not None]
    wished = ("postcode", _wished_postcode(d))
    return [pair for pair in dict.fromkeys([*known, *now]) if pair != wished][:AT_ONCE]


def _wished_postcode(d: Dialogue) -> str | None:
    """The postcode of the address a delivery is to go to: it is not the order's yet, so it proves nothing."""
    place = address_in(d.frame.text) if d.frame.flow in ("change_delivery", "modify_order") else {}
    return place.get("postcode") if place.keys() & {"street", "city"} else None


def _tries(number: str, given: list[tuple[str, str]]) -> list[str]:
    """What counts as one try each. A postcode is shared by many people, so its tries count for this order alone."""
    return [f"{number} {value}" if key == "postcode" else value for key, value in given]


def address_hash(d: Dialogue, address: str) -> str:
    """A tried e-mail, phone or postcode as it is stored: enough to count, useless to read."""
    return hmac.new(d.rules.address_key, address.encode(), hashlib.sha256).hexdigest()


def _record(d: Dialogue, number: str, addresses: Sequence[str], *, success: bool) -> None:
    for address in addresses:
        d.session.add(
            VerificationAttempt(
                conversation_id=d.turn.conversation.id,
                order_number=number,
                address_hash=address_hash(d, address),
                success=success,
                at=d.now,
            )
        )


async def _untried(d: Dialogue, number: str, given: list[tuple[str, str]]) -> list[str]:
    """The addresses not yet tried with this number here: the flow runs again each turn, the try counts once."""
    same = select(VerificationAttempt.address_hash).where(
        VerificationAttempt.conversation_id == d.turn.conversation.id, VerificationAttempt.order_number == number
    )
    tried = set(await d.session.scalars(same)) | {a.address_hash for a in _pending(d) if a.order_number == number}
    return [address for address in _tries(number, given) if address_hash(d, address) not in tried]


async def _refuse_guessing(d: Dialogue, number: str, given: list[tuple[str, str]]) -> None:
    hashes = {address_hash(d, address) for address in _tries(number, given)}
    table, now = VerificationAttempt, [attempt for attempt in _pending(d) if not attempt.success]
    counted = [
        (table.conversation_id == d.turn.conversation.id, len(now)),
        (table.order_number == number, sum(attempt.order_number == number for attempt in now)),
        *((table.address_hash == one, sum(attempt.address_hash == one for attempt in now)) for one in hashes),
    ]
    for whose, just_now in counted:
        wrong = select(func.count()).where(whose, ~table.success, table.at > d.now - WINDOW)
        if int(await d.session.scalar(wrong) or 0) + just_now >= TRIES:
            d.turn.looked_up("verification", f"{number}: too many wrong tries")
            await d.handoff(Reason.VERIFICATION_FAILED, done=True)


def _pending(d: Dialogue) -> list[VerificationAttempt]:
    """This turn's tries: they reach the database only when the turn commits."""
    return [row for row in d.session.new if isinstance(row, VerificationAttempt)]
