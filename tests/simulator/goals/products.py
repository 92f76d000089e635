"""Before buying: what a product is, whether there is one, what it costs, what would suit, how it is cared for."""

from __future__ import annotations

from decimal import Decimal

from bot.domain.conversation import Reason
from bot.storage import shop as tables
from bot.storage.tables import Promise
from tests.simulator.case import Answer, Case, Heard, Making, goal, only
from tests.simulator.goals.returns import TODAY

NEEDS = {
    "pl": {
        "śpiwór na lato": "sleeping_bags",
        "plecak na kilkudniowy wyjazd": "backpacks",
        "czołówka na nocne wyjścia": "headlamps",
        "kurtka przeciwdeszczowa": "jackets",
        "namiot dla dwóch osób": "tents",
        "kije na szlak": "poles",
    },
    "en": {
        "sleeping bag for summer": "sleeping_bags",
        "backpack for a trip of several days": "backpacks",
        "headlamp for walks at night": "headlamps",
        "rain jacket": "jackets",
        "tent for two people": "tents",
        "poles for the trail": "poles",
    },
}
WASHED = (
    "jackets",
    "fleece",
    "base",
    "trousers",
    "socks",
    "gloves",
    "hats",
    "sleeping_bags",
    "tents",
    "backpacks",
    "boots",
)
"""Nobody asks how to wash a gas canister."""


def free(variant: tables.Variant) -> int:
    return variant.stock - variant.reserved


def _product(m: Making) -> tables.Product:
    return m.random.choice([p for p in m.world.products.values() if p.category != "gift_cards"])


def _case(m: Making, name: str, intent: str, opening: str, product: tables.Product, **more: object) -> Case:
    title = m.name(product)
    case = Case(name, intent, opening, **more)  # type: ignore[arg-type]
    case.values.setdefault("product", title[:1].lower() + title[1:] if title.split()[0] in _COMMON else title)
    case.answers |= {
        "which_product": Answer(product.id, words=[title]),
        "product_query": Answer(words=[title]),
    }
    return case


_COMMON = {"Buty", "Kurtka", "Plecak", "Namiot", "Spodnie", "Skarpety", "Czapka", "Śpiwór", "Czołówka", "Kije", "Mapa"}


@goal("product facts", may_need_human=0.15)
def product_info(m: Making) -> Case | None:
    product = _product(m)
    facts = product.attributes.get(m.language) or {}
    some = "|".join([*(str(value) for value in facts.values()), _money(product.price)])

    async def reached(heard: Heard) -> bool:
        return heard.says(m.name(product), some)

    return _case(m, "product facts", "ask_product_info", "product_info", product, reached=reached)


@goal("availability", may_need_human=0.15)
def availability(m: Making) -> Case | None:
    product = _product(m)
    sizes = [variant for variant in product.variants if variant.size]
    variant = m.random.choice(sizes) if len({v.size for v in sizes}) > 1 and m.random.random() < 0.6 else None
    same = [v for v in product.variants if variant is None or v.size == variant.size]
    there = sum(free(v) for v in same) > 0
    evidence = (
        "dostępn|jest |są |in stock|available|mamy|we have" if there else "nie ma|brak|out of stock|not |wróci|back"
    )

    async def reached(heard: Heard) -> bool:
        return heard.says(m.name(product), evidence)

    opening = "availability.size" if variant is not None else "availability"
    case = _case(m, "availability", "ask_availability", opening, product, reached=reached)
    if variant is not None:
        case.values["size"] = str(variant.size)
        case.answers["size"] = Answer(variant.size, words=[str(variant.size)])
    return case


@goal("tell me when it is back", may_need_human=0.15)
def restock(m: Making) -> Case | None:
    def gone(product: tables.Product) -> list[tables.Variant]:
        sizes = {v.size for v in product.variants if v.size}
        return [
            v
            for v in product.variants
            if v.size in sizes and sum(free(o) for o in product.variants if o.size == v.size) <= 0
        ]

    product = m.random.choice([p for p in m.world.products.values() if gone(p)])
    variant = m.random.choice(gone(product))
    known = variant.restock_on is not None and variant.restock_on >= TODAY
    email = f"klient{m.random.randrange(10**6)}@example.pl"

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(Promise, Promise.conversation_id == heard.talk.id)
        return any(row.kind == "restock" and row.details.get("product") == product.id for row in rows)

    case = _case(m, "tell me when it is back", "notify_restock", "restock", product, reached=reached)
    case.values["size"] = str(variant.size) if len({v.size for v in product.variants}) > 1 else ""
    case.facts = {"email": str(m.customer.email) if m.customer else email}
    case.answers |= {"restock_variant": Answer(variant.sku), "size": Answer(variant.size, words=[str(variant.size)])}
    if not known:
        case.human = only(Reason.NO_ANSWER)
    return case


@goal("price", may_need_human=0.15)
def price(m: Making) -> Case | None:
    product = _product(m)

    async def reached(heard: Heard) -> bool:
        return heard.says(m.name(product), "|".join({_money(product.price), *_cut(m, product)}))

    return _case(m, "price", "ask_price", "price", product, reached=reached)


def _money(amount: Decimal) -> str:
    """The ways an amount is written, as alternatives."""
    plain, grouped = f"{amount:.2f}", f"{amount:,.2f}"
    polish = grouped.replace(",", " ").replace(".", ",")
    return "|".join((plain, plain.replace(".", ","), grouped, polish))


def _cut(m: Making, product: tables.Product) -> list[str]:
    found = []
    for item in m.world.promotions:
        hit = (item.scope, item.target) in (("product", product.id), ("category", product.category))
        if hit and item.percent and not item.coupon:
            found.append(_money((product.price * (100 - item.percent) / 100).quantize(Decimal("0.01"))))
    return found


@goal("promotions", may_need_human=0.1)
def promotions(m: Making) -> Case | None:
    async def reached(heard: Heard) -> bool:
        return heard.says("namioty|tents", "ostoja")

    return Case("promotions", "ask_promotions", "promotions", reached)


@goal("code does not work", may_need_human=0.5)
def promo_code(m: Making) -> Case | None:
    code = m.pick("SZLAK10", "TRAGARZ50", "WIOSNA20")
    evidence = {"SZLAK10": "pierwsz|nowych|first|new cust", "TRAGARZ50": "pleca|backpack", "WIOSNA20": "nie|not|no "}[
        code
    ]

    async def reached(heard: Heard) -> bool:
        return heard.says(code, evidence)

    return Case(
        "code does not work",
        "ask_promotions",
        "promo_code",
        reached,
        values={"code": code},
        answers={"coupon": Answer(words=[code])},
    )


@goal("recommend", may_need_human=0.1)
def recommend(m: Making) -> Case | None:
    need, category = m.random.choice(list(NEEDS[m.language].items()))
    budget = m.pick(300, 500, 800, 1200, 2000)
    fitting = [p for p in m.world.products.values() if p.category == category and sum(map(free, p.variants)) > 0]
    if not any(p.price <= budget for p in fitting):
        budget = 2000

    async def reached(heard: Heard) -> bool:
        return any(heard.says(m.name(product)) for product in fitting)

    return Case(
        "recommend",
        "recommend_product",
        "recommend",
        reached,
        values={"need": need, "budget": str(budget)},
        answers={
            "recommend_for": Answer(words=[need]),
            "recommend_budget": Answer(words=[str(budget)]),
            "budget": Answer(words=[str(budget)]),
        },
    )


@goal("use and care", may_need_human=0.15)
def usage(m: Making) -> Case | None:
    cared = [p for p in m.world.products.values() if p.category in WASHED and getattr(p, f"care_{m.language}")]
    product = m.random.choice(cared)
    begins = str(getattr(product, f"care_{m.language}"))[:30]
    heads = [a.summary[:40] for a in m.world.articles if a.language == m.language and a.slug.startswith("care")]

    async def reached(heard: Heard) -> bool:
        return heard.says("|".join([begins, *heads]))

    return _case(m, "use and care", "ask_product_usage", "usage", product, reached=reached)
