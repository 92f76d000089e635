"""An order that waits for its payment: how much, how, and until when the shop keeps it."""

from __future__ import annotations

import datetime as dt

from bot.domain.payloads import payload
from bot.services.dialogue import Dialogue
from bot.services.wording import day_words, money
from bot.shop.days import local_day
from bot.shop.profile import payment_methods, shop_profile
from bot.storage.shop import Order

PAID = ("paid", "overpaid")
METHODS = ("utter_button_payment_methods", payload("ask_payment_methods"))


async def say_how_to_pay(d: Dialogue, order: Order, *buttons: tuple[str, str]) -> None:
    """The way to pay for an order that is not paid: by the order's own method, until the day it is kept to."""
    profile = await shop_profile(d.session)
    kinds = {method.code: method.kind for method in await payment_methods(d.session)}
    kind = kinds.get(order.payment_method or "")
    account = profile.get("bank_account")
    text = "utter_pay_transfer" if kind == "transfer" and account else "utter_pay_link"
    d.turn.looked_up("payment", f"{order.number}: {order.total} to pay")
    d.say(
        text,
        buttons=[METHODS, *buttons],
        number=order.number,
        amount=money(order.total, d.language),
        account=account,
        owner=profile.get("bank_account_name") or profile.get("name"),
        until=_until(d, order, profile.get("transfer_days")),
    )


def _until(d: Dialogue, order: Order, days: str) -> str:
    """The sentence that says until when; empty where the shop sets no time."""
    if not days.isdigit():
        return ""
    last = local_day(order.created_at) + dt.timedelta(days=int(days))
    text = "utter_part_kept_until" if last >= d.today else "utter_part_kept_no_longer"
    return " " + d.text(text, day=day_words(last, d.today, d.language))
