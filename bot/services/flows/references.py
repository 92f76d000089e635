"""What a few words point at: "the second one", "the cheaper one", "and in blue?", "the jacket from my order"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from bot.domain.dialogue import Shown
from bot.domain.text import fold, words
from bot.services.dialogue import FLEETING, LISTENERS, Dialogue
from bot.services.flows.proof import is_open_to
from bot.shop.catalogue import find_product
from bot.shop.lexical import STOP_WORDS, stem
from bot.shop.orders import find_order
from bot.storage.shop import Product

_ASKING_WORDS = """
    rozmiar kolor cen koszt dostepn magazyn sztuk produkt zosta powiadom zawiadom znac wroc numer size colo price cost
    stock piece left product back notif know tell
"""
ASKING = tuple(_ASKING_WORDS.split())
"""Beginnings of words that ask about a product without naming one."""
_POINTING_WORDS = """
    ten ta to te tego tamten tamta tamto one ones nr option opcja poprosze wezme biore nie no gdy kiedy bedzie beda
    znowu again there jesli when if
"""
_POINTING = frozenset(_POINTING_WORDS.split())
_PLACES = (
    r"pierwsz\w{1,3}|first|1st",
    r"drugi\w{0,3}|druga|drugie\w?|second|2nd",
    r"trzeci\w{0,3}|third|3rd",
    r"czwart\w{1,3}|fourth|4th",
)
_LAST = r"ostatni\w{0,3}|last"
_CHEAPER = r"(?:naj)?tansz\w{1,3}|cheape(?:r|st)"
_DEARER = r"(?:naj)?drozsz\w{1,3}|(?:more|most) expensive|pricier|dearer|dearest|priciest"
_POINTER = re.compile(r"\b(ten|ta|to|te|tego|tej|the|that|this|naj\w+|cheapest|dearest|priciest|most)\b")
_SOMETHING = re.compile(r"\b(cos|something|anything)\b")
_COLOURS = re.compile(
    r"^(czarn|bial|czerwon|niebiesk|granatow|zielon|zolt|szar|pomarancz|fiolet|rozow|brazow|bezow|oliwk|turkus|malin|"
    r"mietow|grafit|srebrn|bordow|black$|white$|red$|blue$|navy$|green$|yellow$|gr[ae]y$|orange$|purple$|pink$|brown$|"
    r"beige$|olive$|teal$|raspberry$|mint$|graphite$|silver$)"
)
_SIZES = re.compile(r"^(x{0,3}s|m|x{0,3}l|2[5-9]|3\d|4\d|5[0-8])$")
_OTHERS = re.compile(
    r"^(prosze |a |i |and |ok |)?(pokaz|show|daj|give|any|jakies|sa|masz|macie|have you|got|jeszcze)?"
    r"( me| mi| jeszcze| some)?"
    r" ?(inne|inny|inna|innych|others?|wiecej|more|cos innego|something else|next|nastepne|kolejne|more options|"
    r"other ones|inne propozycje|other options)( prosze| please| propozycje)?$"
)
_COMPARING = re.compile(
    r"\b(porown\w*|compar\w*|czym sie rozni\w*|roznic\w*|differ\w*|versus|vs)\b|"
    r"\b(ktor[yae]|co) (z nich )?(jest |sa )?(lzejsz|cieplejsz|lepsz|mocniejsz|wodoodporniejsz|wygodniejsz)\w*|"
    r"\bwhich (one |of them )?(is|are|would be) (the )?(light|warm|better|best|strong|drier|tough)\w*"
)
_WARRANTY = re.compile(
    r"^(a |and )?(jaka|jaki|jest|what|is there|czy jest|jak dluga)?.{0,12}\b(gwarancj\w*|warranty|guarantee)\b.{0,12}$"
)
_CHOOSING_SIZE = re.compile(
    r"\b(jaki|ktory|jakiego) (rozmiar|numer)\w*\b(?=.*\b(wybra|wzia|brac|bior|dla mnie|pasow|bedzie dobr|zamowi|powinn|"
    r"polec|mam (wziac|brac|wybrac)|na mnie|odpowiedn))|^(a |i )?(jaki|ktory) (rozmiar|numer)\W*$|"
    r"\b(what|which) size\b(?=.*\b(should|take|choose|fit|fits|pick|order|need|recommend|for me|would|buy))|"
    r"\b(dobrac|dobor|wybrac) rozmiar|\b(choose|pick) (a|the|my|right) size|"
    r"\b(rozmiar|numer|size)\w*\b.*\d ?cm\b|\d ?cm\b.*\b(rozmiar|numer|size)|"
    r"\b(jaki|ktory) (rozmiar|numer) \w+$|\b(what|which) size \w+$|\bczy (rozmiar )?\w+ bedzie (na mnie )?dobr"
)
_OF_AN_ORDER = re.compile(
    r"\b(z|w) (mojego |mojej |tego |)(zamowieni|paczk)|\b(from|in) (my |the |that |)(order|parcel)"
)
SHORT = 7
"""Up to so many words a message only points at something."""


def one_of(shown: Sequence[Shown], text: str) -> str | None:
    """The id of the product shown that a text points at by place or price, if it names nothing else."""
    said = fold(text)
    if len(shown) < 2 or _SOMETHING.search(said):
        return None
    for found, pattern in _pointed(shown):
        bare, count = re.subn(rf"\b(?:{pattern})\b", " ", said)
        if count and not any(_names(word) for word in words(bare)):
            # "A tańsza?" asks for another one, unless there are two to choose from; "ta tańsza" is one of these.
            loose = pattern in (_CHEAPER, _DEARER) and len(shown) > 2 and not _POINTER.search(said)
            return None if loose else found
    digit = re.fullmatch(r"(?:nr |numer |number |#)?([1-4])", said.rstrip(".!"))
    return shown[int(digit[1]) - 1].id if digit and int(digit[1]) <= len(shown) else None


def _pointed(shown: Sequence[Shown]) -> list[tuple[str, str]]:
    by_price = sorted(shown, key=lambda item: Decimal(item.price))
    places = [(item.id, pattern) for item, pattern in zip(shown, _PLACES, strict=False)]
    return [*places, (shown[-1].id, _LAST), (by_price[0].id, _CHEAPER), (by_price[-1].id, _DEARER)]


def price_words(product: Product, among: Sequence[Product]) -> tuple[str, ...]:
    """Words by which the cheapest, the dearest and the last of the products offered may be called."""
    if len(among) < 2:
        return ()
    prices = sorted(item.price for item in among)
    called = [
        *(("tansz", "najtansz", "cheape") if product.price == prices[0] < prices[-1] else ()),
        *(
            ("drozsz", "najdrozsz", "more expensive", "most expensive")
            if product.price == prices[-1] > prices[0]
            else ()
        ),
        *(("ostatni", "last") if product is among[-1] else ()),
    ]
    return tuple(called)


def is_chatter(word: str) -> bool:
    """True for a folded word that asks about a product but names none."""
    return word in STOP_WORDS or word in _POINTING or word.isdigit() or word.startswith(ASKING)


def is_pointing(word: str) -> bool:
    """True for a folded word such as "second" or "cheaper"."""
    return any(re.fullmatch(pattern, word) for pattern in (*_PLACES, _LAST, _CHEAPER, _DEARER))


def is_variant(word: str) -> bool:
    """True for a folded word that is a size or a colour, of whatever product."""
    return bool(_SIZES.match(word) or _COLOURS.match(word))


def colour_said(text: str) -> str | None:
    """The first word of a text that is a colour, as it was written."""
    return next((word.lower() for word in re.findall(r"\w+", text) if _COLOURS.match(fold(word))), None)


def size_said(text: str) -> str | None:
    """The first word of a text that is a size, as sizes are written."""
    return next((word.upper() for word in words(text) if _SIZES.match(word)), None)


def _names(word: str) -> bool:
    return not is_chatter(word) and not is_variant(word)


def compares(text: str) -> bool:
    """True if a text asks how things differ."""
    return bool(_COMPARING.search(fold(text)))


def others_wanted(text: str) -> bool:
    """True for "show others", "more" and the like, with nothing else in it."""
    return bool(_OTHERS.fullmatch(fold(text).strip(" ?!.")))


async def of_an_order(d: Dialogue, text: str) -> str | None:
    """The product of an order that may be talked about here, if the text says it comes from one and names it."""
    if not _OF_AN_ORDER.search(fold(text)):
        return None
    numbers = [
        *d.frame.orders,
        *reversed(d.state.orders),
        *([d.fact("order_number")] if d.fact("order_number") else []),
    ]
    said = {stem(word) for word in words(text) if _names(word)}
    for number in dict.fromkeys(str(number) for number in numbers):
        order = await find_order(d.session, number)
        if order is None or not is_open_to(d, order):
            continue
        products = {line.variant.product.id: line.variant.product for line in order.lines}
        meant = [key for key, product in products.items() if said & _called(product)]
        if len(meant) == 1 or len(products) == 1:
            return (meant or list(products))[0]
    return None


def _called(product: Product) -> set[str]:
    return {
        stem(word) for word in words(f"{product.name_pl} {product.name_en} {product.keywords or ''}") if len(word) > 2
    }


def looking_around(d: Dialogue) -> bool:
    """True while nothing is asked but by flows about what the shop sells."""
    return d.state.question is None or (bool(d.state.stack) and d.frame.flow in FLEETING)


async def points_at(d: Dialogue) -> str | None:
    """The flow of a message that only points at what was shown, or asks for what no intent tells apart."""
    text, browsing = d.parse.text, d.state.browsing
    said, count = fold(text), len(words(text))
    bare = said.strip(" ?!.")
    if d.parse.intent not in _WRITING and _CHOOSING_SIZE.search(bare) and not _OF_AN_ORDER.search(bare):
        if looking_around(d):
            d.state.question = None  # no answer to "which product?"
        return "size_advice"
    if d.state.question is not None and d.state.question.kind == "text" and not looking_around(d):
        return None  # what is wrong with it may well be "the second one"
    if others_wanted(text) and browsing.get("more"):
        return str(browsing["more"])
    if count > SHORT or not (d.state.shown or d.fact("product")):
        return None
    if _COMPARING.search(said) and len(d.state.shown) >= 2:
        return "product_info"
    if _WARRANTY.fullmatch(bare) and await find_product(d.session, d.fact("product") or ""):
        return "product_info"
    last = str(browsing.get("flow") or "product_info")
    if d.parse.intent in _OWN:
        return None  # its own flow knows what is pointed at
    if one_of(d.state.shown, text) is not None:
        return last if last in _ANY else "product_info"
    own = [word for word in words(text) if not is_chatter(word) or is_variant(word)]
    if not own:
        return None
    if all(is_variant(word) for word in own) and await find_product(d.session, d.fact("product") or ""):
        return "notify_restock" if last == "notify_restock" else "availability"
    return None


_WRITING = ("exchange_product", "start_return", "file_complaint", "modify_order")
"""Intents to change something: a size told with them belongs to that."""
_ANY = ("product_info", "availability", "price", "notify_restock", "product_usage")
_OWN = ("ask_price", "ask_availability", "ask_product_info", "notify_restock", "ask_product_usage")
LISTENERS.append(points_at)
