"""Another address, parcel locker, day, phone or way of delivery, for an order that is not sent yet."""

from __future__ import annotations

from typing import Any

from bot.domain.delivery_wish import WHAT, changes_phone, part_in, wish_in
from bot.domain.dialogue import Option
from bot.domain.facts import normal_phone
from bot.services.dialogue import LISTENERS, Dialogue, flow
from bot.services.flows.changing import (
    AWAITED,
    FREE,
    ask_words,
    give_back,
    not_sent,
    paid_back,
    pass_on,
    settled_order,
)
from bot.services.flows.delivery_plan import Plan, Refused, first_days, plan_of
from bot.services.flows.orders import FINISHED, say_status
from bot.services.flows.proof import HUMAN
from bot.services.flows.undo import undo_button
from bot.services.wording import day_words, money
from bot.shop.changes import change_delivery as change_in_shop
from bot.shop.contacts import normal_postcode
from bot.shop.profile import delivery_methods
from bot.storage.shop import DeliveryMethod, Order

ASKED = {"street": "change_street", "postcode": "change_postcode", "city": "change_city"}
TRIES = 2
"""Times an unusable answer is asked about again."""


@flow("change_delivery")
async def change_delivery(d: Dialogue) -> None:
    order = await settled_order(d, lambda order: order.status not in FINISHED, code="change_place")
    if not not_sent(order):
        return _too_late(d, order)
    methods = {method.code: method for method in await delivery_methods(d.session)}
    wish = _told(d, order, methods)
    await _what(d, order, wish)
    await _complete(d, order, wish, methods)
    plan = plan_of(d, order, wish, list(methods.values()))
    if isinstance(plan, Refused):
        return await _refused(d, order, plan)
    if not plan.values:
        return d.say("utter_delivery_same", buttons=[HUMAN], number=order.number)
    await _confirm_and_write(d, order, plan)


async def goes_on(d: Dialogue) -> str | None:
    """While this flow asks, a message that tells of the delivery is for it, whatever its intent looks like."""
    if not d.state.stack or d.frame.flow != "change_delivery" or d.parse.intent not in (*FREE, "change_delivery"):
        return None
    told = wish_in(d.parse.text, d.today, "")
    return "change_delivery" if told and d.frame.answers.get("order") else None


LISTENERS.append(goes_on)


# What is wanted


def _told(d: Dialogue, order: Order, methods: dict[str, DeliveryMethod]) -> dict[str, Any]:
    """What the first sentence and every later answer told of the wish, the latest word last."""
    wish: dict[str, Any] = d.frame.answers.setdefault("wish", {})
    present = methods.get(order.delivery_method or "")
    texts = [] if "heard" in d.frame.answers else [d.frame.text]
    d.answer("heard", True)
    if not d.parse.pressed and d.parse.intent in (*FREE, "change_delivery"):
        texts.append(d.parse.text)
    for text in texts:
        told = wish_in(text, d.today, present.kind if present else "")
        if d.frame.answers.get(AWAITED) and d.parse.intent in FREE:
            told.pop("kind", None)  # "next to the post office" is said of a place
        if changes_phone(text) or d.frame.answers.get("change_what") == "phone":
            phone = next((p for key, v in d.parse.entities if key == "phone" and (p := normal_phone(str(v)))), None)
            told |= {"phone": phone} if phone else {}
        if told.items() - wish.items():
            d.drop(f"delivery_confirm:{order.number}", "change_day", *(ASKED[key] for key in told if key in ASKED))
        if "locker" in told and "street" not in told:
            for part in ASKED:
                wish.pop(part, None)
        wish |= told
    return wish


async def _what(d: Dialogue, order: Order, wish: dict[str, Any]) -> None:
    """Which part of the delivery is to change, when nothing was told yet."""
    part = d.frame.answers.get("change_what")
    if wish or part in WHAT:
        return
    part = part_in(d.frame.text) or (part_in(part) if isinstance(part, str) else None)
    if part is not None:
        return d.answer("change_what", part)
    asked = d.frame.answers.get("wish_asked", 0)
    if "change_what" in d.frame.answers and asked > TRIES - 1:
        await pass_on(d, order, "utter_delivery_passed_on", str(d.frame.answers["change_what"]))
    d.drop("change_what")
    d.answer("wish_asked", asked + 1)
    options = [Option(part, d.text(f"utter_delivery_part_{part}")) for part in WHAT]
    question = "utter_ask_delivery_wish" if not asked else "utter_delivery_wish_unclear"
    await d.ask("change_what", question, options=options)


async def _complete(d: Dialogue, order: Order, wish: dict[str, Any], methods: dict[str, DeliveryMethod]) -> None:
    """Ask for what is missing of the part that is to change."""
    part = d.frame.answers.get("change_what")
    present = methods.get(order.delivery_method or "")
    if part == "method" and "kind" not in wish:
        offered = [m for m in methods.values() if m.kind not in ("abroad", "digital") and m is not present]
        options = [Option(m.code, getattr(m, f"name_{d.language}"), (m.kind, m.carrier or m.kind)) for m in offered]
        wish["method"] = await d.ask("change_method", "utter_ask_method", kind="choice", options=options)
        wish["kind"] = methods[wish["method"]].kind
    kind = wish.get("kind") or (present.kind if present else "courier")
    if kind in ("locker", "point") and "locker" not in wish and (part == "place" or "kind" in wish):
        wish["locker"] = await _place(d, order, kind)
    if any(key in wish for key in ASKED) or part == "address":
        await _address(d, order, wish)
    if part == "day" and "day" not in wish and "hours" not in wish:
        options = [Option(day.isoformat(), day_words(day, d.today, d.language)) for day in first_days(d, present)]
        wish["day"] = await d.ask("change_day", "utter_ask_delivery_day", kind="choice", options=options)
    if part == "phone" and "phone" not in wish:
        wish["phone"] = await _phone(d, order)


async def _place(d: Dialogue, order: Order, kind: str) -> str:
    """The code of a parcel locker or pick-up point; only its shape can be checked from here."""
    said = await ask_words(d, "change_place", f"utter_ask_{kind}")
    told = wish_in(said, d.today, "").get("locker")
    code = told if kind == "locker" else (said.strip() if said.strip().isalnum() and len(said.strip()) >= 5 else None)
    return str(code) if code else await _again(d, order, "change_place", f"utter_{kind}_wrong", said)


async def _address(d: Dialogue, order: Order, wish: dict[str, Any]) -> None:
    """Street, postcode and city; each is asked for only when the rest came without it."""
    if not any(key in wish for key in ASKED):
        said = await ask_words(d, "change_address", "utter_ask_address")
        if "street" not in wish and not any(key in wish for key in ASKED):
            wish["street"] = said
    for key, answer in ASKED.items():
        if key not in wish:
            said = await ask_words(d, answer, f"utter_ask_{key}")
            wish[key] = said if key != "postcode" else normal_postcode(said, order.country)
        if key == "postcode" and not wish[key]:
            wish.pop(key)
            await _again(d, order, answer, "utter_postcode_wrong", str(d.frame.answers.get(answer)))
        if key == "street" and not any(letter.isdigit() for letter in wish[key]):
            wish.pop(key)
            await _again(d, order, answer, "utter_street_wrong", str(d.frame.answers.get(answer)))


async def _phone(d: Dialogue, order: Order) -> str:
    said = await ask_words(d, "change_phone", "utter_ask_new_phone")
    return normal_phone(said) or await _again(d, order, "change_phone", "utter_phone_wrong", said)


async def _again(d: Dialogue, order: Order, key: str, question: str, said: str) -> str:
    """Ask once more, with what was wrong; after the second time a human takes it."""
    tries = d.frame.answers.get("tries", 0) + 1
    if tries > TRIES:
        await pass_on(d, order, "utter_delivery_passed_on", said)
    d.answer("tries", tries)
    d.drop(key)
    return await ask_words(d, key, question)


# What is done


async def _confirm_and_write(d: Dialogue, order: Order, plan: Plan) -> None:
    changes = "\n".join(f"• {line}" for line in plan.lines)
    key = f"delivery_confirm:{order.number}"
    if not await d.ask(key, "utter_confirm_delivery", kind="yes_no", number=order.number, changes=changes):
        return d.say("utter_nothing_written", buttons=[HUMAN])
    d.turn.ledger.confirm("order_number", "email", "phone")
    day = await give_back(d, order, -plan.difference)
    change_in_shop(d.session, order, plan.values, d.now, d.turn.conversation.id)
    d.turn.looked_up("order_change", f"{order.number}: {'; '.join(plan.lines)}"[:300])
    d.turn.ledger.note(
        "delivery_wish", f"{order.number}: {'; '.join(plan.lines)}"[:500], d.turn.source(), confirmed=True
    )
    d.say(
        "utter_delivery_changed",
        buttons=[undo_button(d, "delivery", order.number)],
        number=order.number,
        changes=changes,
        refund=paid_back(d, day, -plan.difference),
    )


async def _refused(d: Dialogue, order: Order, why: Refused) -> None:
    values: dict[str, Any] = {"amount": money(why.amount, d.language), "day": why.day}
    if why.human:
        await pass_on(d, order, why.text, "; ".join(why.lines), **values)
    wish = d.frame.answers["wish"]
    if why.text.startswith("utter_day_"):
        wish.pop("day", None)
        d.drop("change_day")
        d.answer("change_what", "day")
        options = [Option(day.isoformat(), day_words(day, d.today, d.language)) for day in why.days]
        await d.ask("change_day", why.text, kind="choice", options=options, number=order.number, **values)
    d.say(why.text, buttons=[HUMAN], number=order.number, **values)


def _too_late(d: Dialogue, order: Order) -> None:
    """Sent: the carrier can still be told, and how depends on the carrier."""
    status = say_status(d, order, buttons=[])
    if order.status in FINISHED:
        return d.say("utter_delivery_change_over", buttons=[HUMAN])
    parcel = next((p for p in order.shipments if p.tracking_number == status.tracking_number), None)
    own = f"utter_redirect_{parcel.carrier}" if parcel is not None and parcel.carrier else ""
    text = "utter_delivery_change_carrier" if status.tracking_url else "utter_delivery_change_too_late"
    d.say(own if own and d.has(own) and status.tracking_url else text, buttons=[HUMAN], carrier=status.carrier or "")
