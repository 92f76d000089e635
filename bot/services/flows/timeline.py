"""An order's way to the customer, step by step, for its card: what is done, where it is now, what comes next."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bot.services.dialogue import Dialogue
from bot.shop.orders import DELIVERED, OrderStatus
from bot.storage.shop import Order, Shipment

REACHED = {"unpaid": "ordered", "paid": "paid", "packed": "packed"}
"""How far an order of that status is; with any other one it has been sent, and the carrier's scans tell the rest."""
Times = dict[str, dt.datetime | None]


def steps_of(d: Dialogue, order: Order, status: OrderStatus) -> list[dict[str, Any]]:
    """`[{"title", "at", "state"}]`: `at` is a moment, or for what is to come the day expected; None if not known."""
    parcel = next((p for p in order.shipments if p.tracking_number == status.tracking_number), None)
    times = _times(order, parcel)
    way = _way(order, parcel, times)
    if status.code in DELIVERED:
        seen = [name for name in way if times[name] or name in ("ordered", "delivered")]
        return [_step(d, name, times[name], "done") for name in seen]
    if status.code == "cancelled":
        seen = [name for name in way if times[name]]
        return [*(_step(d, n, times[n], "done") for n in seen), _step(d, "cancelled", order.cancelled_at, "now")]
    near = way[-2]
    furthest = near if times[near] else REACHED.get(status.code, "shipped")
    reached = way.index(furthest) if furthest in way else 0
    trouble = _trouble(status, is_near=furthest == near)
    steps = [_step(d, name, times[name], "done") for name in way[: reached + bool(trouble)]]
    now = trouble or way[reached]
    steps.append(_step(d, now, times[now], "now"))
    if trouble == "lost":
        return steps
    expected = None if furthest == "in_locker" else status.expected_on
    following = [name for name in way[reached + 1 :] if (trouble, name) != ("unpaid", "paid")]
    return [*steps, *(_step(d, name, _coming(d, name, expected), "next") for name in following)]


def _trouble(status: OrderStatus, *, is_near: bool) -> str | None:
    """What stands in the way, shown as a step of its own."""
    if status.code in ("unpaid", "lost"):
        return status.code
    return "late" if status.late and not is_near else None


def _coming(d: Dialogue, name: str, expected: dt.date | None) -> dt.date | None:
    return expected if name == "delivered" and expected is not None and expected >= d.today else None


def _way(order: Order, parcel: Shipment | None, times: Times) -> list[str]:
    """The steps of an order like this when all goes well."""
    kind = parcel.kind if parcel else "locker" if order.locker_code else "courier"
    to_collect = kind in ("locker", "point") or times["in_locker"] is not None
    payment = [] if order.payment_method == "cod" else ["paid"]
    return ["ordered", *payment, "packed", "shipped", "in_locker" if to_collect else "out_for_delivery", "delivered"]


def _times(order: Order, parcel: Shipment | None) -> Times:
    """When what happened, by the name of the step."""
    scans = {event.code: event.occurred_at for event in parcel.events} if parcel else {}
    return {
        "ordered": order.created_at,
        "unpaid": None,
        "paid": order.paid_at,
        "packed": scans.get("created"),
        "shipped": (parcel.shipped_at if parcel else None) or order.shipped_at,
        "late": scans.get("delayed"),
        "in_locker": scans.get("in_locker"),
        "out_for_delivery": scans.get("out_for_delivery"),
        "delivered": (parcel.delivered_at if parcel else None) or order.delivered_at,
        "lost": scans.get("lost"),
    }


def _step(d: Dialogue, name: str, at: dt.date | None, state: str) -> dict[str, Any]:
    return {"title": d.text(f"utter_step_{name}"), "at": at.isoformat() if at else None, "state": state}
