"""Orders of the past: what was bought, and the same once more at today's price and stock."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from bot.domain.dialogue import named
from bot.domain.payloads import payload
from bot.services.dialogue import ABOUT, Dialogue, flow
from bot.services.flows.choosing import shown
from bot.services.flows.goods import line_options, line_title, variant_title
from bot.services.flows.past import asks_history, once_more
from bot.services.flows.proof import HUMAN, order_title, product_name, proven_order
from bot.services.wording import day_words, money
from bot.shop.catalogue import availability, find_product, free_pieces, price_of, products_in
from bot.shop.days import local_day
from bot.shop.orders import orders_of
from bot.shop.profile import active_promotions, shop_profile
from bot.storage.shop import Order, OrderLine, Product, Promotion, Variant

ABOUT["order_again"] = "order_again"
RECENT = 5


@flow("order_again")
async def order_again(d: Dialogue) -> None:
    """The things of an order as they are sold today, and how to buy them in one step; or what was bought so far."""
    if d.parse.pressed and d.parse.has("order_again"):
        d.frame.orders = [str(d.parse.entity("order_again"))]
    if d.customer_id is not None and not d.frame.orders and not d.state.orders:
        mine = await orders_of(d.session, d.customer_id, RECENT)
        meant = next((order for order in mine if _named(d, order)), None)
        if meant is None and (asks_history(d.frame.text) or not once_more(d.frame.text)):
            return _history(d, mine)
        d.frame.orders = [meant.number] if meant is not None else []
    order = await proven_order(d, lambda order: bool(order.lines))
    promotions = await active_promotions(d.session, d.now)
    lines = _wanted(d, order)
    offers = [await _offer(d, line, promotions) for line in lines]
    products = [product for product, _ in offers if product is not None]
    basket = await _basket(d, lines)
    day = day_words(local_day(order.created_at), d.today, d.language)
    listed = "\n".join(f"• {words}" for _, words in offers)
    d.turn.looked_up("order_again", f"{order.number}: {len(lines)}")
    cards = await shown(d, products) if products else []
    text = "utter_order_again_basket" if basket else "utter_order_again"
    d.say(text, buttons=[HUMAN], cards=cards, number=order.number, day=day, list=listed, url=basket)


def _wanted(d: Dialogue, order: Order) -> list[OrderLine]:
    """The things the sentence names, else all of the order."""
    told = _named(d, order)
    return [line for line in order.lines if not told or line.id in told]


def _named(d: Dialogue, order: Order) -> list[str]:
    return named(line_options(d, order.lines), d.frame.text, many=True) if d.frame.text else []


async def _offer(d: Dialogue, line: OrderLine, promotions: Sequence[Promotion]) -> tuple[Product | None, str]:
    """A thing as it is sold today, in words: price, stock, or what is nearest when it is gone."""
    title = line_title(d, line, line.quantity)
    product = await find_product(d.session, line.variant.product_id)
    if product is None or not product.active:
        other = await _alternative(d, line.variant.product)
        return other, d.text("utter_again_gone", item=title, other=product_name(d, other) if other else "-")
    variant = next((item for item in product.variants if item.sku == line.sku), line.variant)
    price = money(price_of(variant, promotions, d.now).amount, d.language)
    if free_pieces(variant) >= line.quantity:
        return product, d.text("utter_again_in_stock", item=title, price=price)
    near = _nearest(product, variant, line.quantity)
    if near is not None:
        return product, d.text("utter_again_other_variant", item=title, price=price, other=variant_title(d, near))
    other = await _alternative(d, product)
    if variant.restock_on is not None:
        when = day_words(variant.restock_on, d.today, d.language)
        return other or product, d.text("utter_again_restock", item=title, price=price, day=when)
    return other, d.text("utter_again_gone", item=title, other=product_name(d, other) if other else "-")


def _nearest(product: Product, wanted: Variant, pieces: int) -> Variant | None:
    """The same size in another colour, else the next size."""
    free = [item for item in product.variants if item.sku != wanted.sku and free_pieces(item) >= pieces]
    places = {item.sku: place for place, item in enumerate(product.variants)}

    def distance(item: Variant) -> tuple[bool, int]:
        return item.size != wanted.size, abs(places[item.sku] - places.get(wanted.sku, 0))

    return min(free, key=distance, default=None)


async def _alternative(d: Dialogue, product: Product) -> Product | None:
    """What is in stock of the same shelf at the nearest price."""
    shelf = await products_in(d.session, product.category) if product.category else []
    others = [item for item in shelf if item.id != product.id and availability(item).free > 0]
    return min(others, key=lambda item: abs(item.price - product.price), default=None)


async def _basket(d: Dialogue, lines: Sequence[OrderLine]) -> str:
    """The shop's page that fills the basket with what is there; empty where the shop has none."""
    template = (await shop_profile(d.session)).get("basket_url")
    there = [line for line in lines if free_pieces(line.variant) >= line.quantity]
    items = ",".join(f"{line.sku}:{line.quantity}" for line in there)
    return template.replace("{items}", quote(items, safe=":,")) if template and items else ""


def _history(d: Dialogue, orders: list[Order]) -> None:
    d.turn.looked_up("order", f"{len(orders)} of the customer")
    if not orders:
        return d.say("utter_no_orders_yet", buttons=[("utter_button_products", payload("recommend_product"))])
    d.state.orders = [*(n for n in d.state.orders if n not in {o.number for o in orders}), orders[0].number]
    listed = "\n".join(f"• {_bought(d, order)}" for order in orders)
    again = [_again_button(d, order) for order in orders[:3] if order.lines]
    d.say("utter_order_history", buttons=again, list=listed)


def _bought(d: Dialogue, order: Order) -> str:
    items = ", ".join(line_title(d, line, line.quantity) for line in order.lines) or "-"
    total = sum((line.unit_price * line.quantity for line in order.lines), Decimal(0)) or order.total
    day = day_words(local_day(order.created_at), d.today, d.language)
    return d.text("utter_part_bought", number=order.number, day=day, items=items, total=money(total, d.language))


def _again_button(d: Dialogue, order: Order) -> tuple[str, Any]:
    title = d.text("utter_button_again_of", order=order_title(d, order))
    return title, payload("inform", order_again=order.number)
