"""A demo customer's orders: choosing whom to play, the list, one order. Someone else's order is not there at all."""

from __future__ import annotations

from decimal import Decimal

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound
from bot.services.demo_shop import COOKIE_SECONDS
from bot.services.wording import money
from bot.shop.days import local_day
from bot.shop.orders import find_order, orders_of, payment_state
from bot.shop.profile import delivery_methods, payment_methods
from bot.storage.shop import Order
from bot.web.auth import check_origin, is_secure
from bot.web.keys import DATABASE, DEMO_SHOP
from bot.web.shop.pages import SHOP_COOKIE, Visit, now_of, page
from bot.web.shop.story import items, long_day, parcels, status_badge, story

PER_PAGE = 10


@page
async def my_orders(visit: Visit) -> web.Response:
    """The orders of whom the visitor plays, or the choice of whom to play."""
    _only_demo(visit)
    async with visit.request.config_dict[DATABASE].read() as session:
        if visit.customer is None:
            people = await visit.request.config_dict[DEMO_SHOP].players(session)
            return visit.render("sign_in.html", title=visit.say("my_orders"), people=people)
        number = visit.request.query.get("page", "1")
        at = max(1, int(number)) if number.isdecimal() and len(number) < 5 else 1
        count = select(func.count()).where(Order.customer_id == visit.customer.id)
        total = await session.scalar(count) or 0
        found = await orders_of(session, visit.customer.id, PER_PAGE, (at - 1) * PER_PAGE)
    today = local_day(now_of(visit))
    shown = [
        {
            "order": one,
            "day": long_day(visit, one.created_at),
            "badge": status_badge(visit, one, today),
            "total": money(one.total, visit.language),
            "items": items(visit, one),
            "parcels": parcels(visit, one, today),
        }
        for one in found
    ]
    return visit.render(
        "orders.html", title=visit.say("my_orders"), orders=shown, total=total, page=at, pages=-(-total // PER_PAGE)
    )


@page
async def one_order(visit: Visit) -> web.Response:
    _only_demo(visit)
    if visit.customer is None:
        raise web.HTTPSeeOther("/orders")
    async with visit.request.config_dict[DATABASE].read() as session:
        found = await find_order(session, visit.request.match_info["number"])
        if found is None or found.customer_id != visit.customer.id:
            raise NotFound()
        delivery = {one.code: one for one in await delivery_methods(session)}.get(found.delivery_method or "")
        paying = {one.code: one for one in await payment_methods(session)}.get(found.payment_method or "")
    today = local_day(now_of(visit))
    return visit.render(
        "order.html",
        title=visit.say("order", number=found.number),
        order=found,
        badge=status_badge(visit, found, today),
        items=items(visit, found),
        parcels=parcels(visit, found, today),
        story=story(visit, found, today),
        sums=_sums(visit, found),
        payment=visit.say(f"payment_{payment_state(found)}"),
        delivery=visit.own(delivery, "name") if delivery else "",
        paying=visit.own(paying, "name") if paying else "",
    )


def _sums(visit: Visit, order: Order) -> list[tuple[str, str]]:
    goods = sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))
    delivery = order.delivery_price + order.payment_fee
    return [
        (visit.say("subtotal"), money(goods, visit.language)),
        (visit.say("delivery"), money(delivery, visit.language) if delivery else visit.say("free")),
        (visit.say("total"), money(order.total, visit.language)),
    ]


@page
async def sign_in(visit: Visit) -> web.Response:
    """Play the customer named in the form, if they may be played."""
    _only_demo(visit)
    check_origin(visit.request)
    form = await visit.request.post()
    shop = visit.request.config_dict[DEMO_SHOP]
    async with visit.request.config_dict[DATABASE].read() as session:
        customer = await shop.find(session, str(form.get("customer", "")))
    if customer is None:
        raise NotFound()
    response = web.HTTPSeeOther("/orders")
    secure = is_secure(visit.request)
    response.set_cookie(
        SHOP_COOKIE,
        shop.cookie(customer),
        max_age=COOKIE_SECONDS,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=secure,
    )
    raise response


@page
async def sign_out(visit: Visit) -> web.Response:
    check_origin(visit.request)
    response = web.HTTPSeeOther("/orders")
    response.del_cookie(SHOP_COOKIE, path="/", httponly=True, samesite="Lax", secure=is_secure(visit.request))
    raise response


def _only_demo(visit: Visit) -> None:
    if not visit.is_demo:
        raise NotFound()


async def samples(visit: Visit, session: AsyncSession) -> list[dict[str, str]]:
    """Orders of made-up people to try the chat with, each with a sentence to say."""
    if not visit.is_demo:
        return []
    found = await visit.request.config_dict[DEMO_SHOP].samples(session)
    return [
        {
            "status": status,
            "number": number,
            "email": email,
            "sentence": visit.say(f"try_{status}", number=number, email=email),
        }
        for status, number, email in found
    ]


def setup_routes(app: web.Application) -> None:
    app.router.add_get("/orders", my_orders)
    app.router.add_get("/orders/{number}", one_order)
    app.router.add_post("/orders/sign-in", sign_in)
    app.router.add_post("/orders/sign-out", sign_out)
