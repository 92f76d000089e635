"""Values with a shape of their own, wherever they stand in a sentence: amounts, sizes, colours, codes, addresses.

Days and hours are in `bot/domain/calendar_words.py`; what the shop sells is found by `bot/shop/names.py`. All of it is
read from the customer's own words, in Polish and English, with or without diacritics.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from bot.domain.calendar_words import find_days, find_hours
from bot.domain.text import aligned, one_edit_apart
from bot.domain.value import Value, apart

_BEFORE = r"(?<![\w@.,/-])"
_AFTER = r"(?![\w@/]|[.,-]\d)"

_POSTCODE = re.compile(rf"{_BEFORE}\d{{2}}-\d{{3}}{_AFTER}")
_LOCKER = re.compile(rf"{_BEFORE}(?!tel|nip|zam|ord|kod|max|min|ean|sku|xxl)[a-z]{{3}}\d{{2,3}}[a-z]{{0,4}}{_AFTER}")
_TRACKING = re.compile(rf"{_BEFORE}(?:\d{{18,24}}|\d{{13}}[a-z]|[a-z]{{2}}\d{{9}}[a-z]{{2}}){_AFTER}")
_TRACKING_NAMED = re.compile(
    r"\b(?:paczk\w+|przesyl\w+|sledzeni\w+|przewozow\w+|tracking|parcel|shipment)(?:\s+(?:numer|number|nr|no|code|to|is))?"
    rf"[\s.:#]*((?=(?:\w*\d){{8}})[a-z0-9]{{10,26}}){_AFTER}"
)
_COUPON_NAMED = re.compile(
    r"\b(?:kod\w*|kupon\w*|voucher\w*|promo|code|coupon)(?:\s+(?:rabatow\w+|promocyjn\w+|discount|promo|code))*"
    rf"[\s:\"'„”“]+([a-z0-9][a-z0-9_-]{{2,18}}[a-z0-9]){_AFTER}"
)
_COUPON = re.compile(rf"{_BEFORE}[A-Z]{{4,16}}\d{{1,4}}{_AFTER}")
_STREET = re.compile(
    r"\b(?:ul\.?|ulic[aey]|al\.?|alej[aei]|pl\.?|placu?|os\.?|osiedl[eu])\s+((?:[^\W\d_][\w.'-]*\s+|\d{1,2}\s+(?=[^\W\d]))"
    r"{1,4}?)(\d{1,4}[a-z]?(?:\s?/\s?\d{1,4}[a-z]?|\s?(?:m\.?|lok\.?)\s?\d{1,4}[a-z]?)?)(?![\w-])"
)
_STREET_BARE = re.compile(r"\b(?:[A-ZĄĆĘŁŃÓŚŹŻ][^\W\d_]+\s+){1,3}\d{1,4}[a-z]?/\d{1,4}(?![\w/-])")
_MONEY = r"(\d{1,3}(?:[  .]\d{3})+|\d{1,6})(?:[.,](\d{2}))?"
_CURRENCY = r"(?:zl(?:ot\w+)?|pln|zeta\w*)(?!\w)"
_LIMIT = (
    r"(?:do|max\w*|maks\w*|ponizej|nizej|niz|nie wiecej niz|budzet\w*|limit\w*|under|below|up to|less than|at most|"
    r"no more than|cheaper than|within|budget(?: of| is)?)[\s:.]*(?:kwoty |ok\.? |okolo |about |around |pln )?"
)
_AMOUNT = re.compile(
    rf"(?P<limit>\b{_LIMIT})?(?:(?<![\w.,/-]){_MONEY}\s?(?P<thousand>tys\w*\.?|k)?\s?{_CURRENCY}|\bpln\s?{_MONEY}{_AFTER})"
)
_LIMIT_ALONE = re.compile(
    rf"\b{_LIMIT}(\d{{2,5}})(?![\w%/:-]|[.,]\d|\s?(?:cm|mm|kg|g|l|dni|day|h|godz|szt|par|lat|os)\b)"
)
_NUMBERS = {
    "dwa": 2, "dwie": 2, "trzy": 3, "cztery": 4, "piec": 5, "szesc": 6, "dziesiec": 10,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "jedna": 1, "jeden": 1, "jedno": 1, "one": 1,
}  # fmt: skip
_QUANTITY = re.compile(
    rf"(?<![\w.,/-])(?:(\d{{1,2}}|{'|'.join(_NUMBERS)})\s?(?:x(?=\s)|szt\w*\.?|par[aey]?\b|komplet\w*|opakowa\w+|egzemplarz\w*|"
    r"pieces?|pcs|pairs?|of (?:them|those|these)|units|packs?)|x\s?(\d{1,2})(?!\w))"
)
_SIZE_NAMED = re.compile(
    r"\b(?:rozmiar\w*|rozm\.?|roz\.?|r\.|size|nr|numer)[\s:]*(?:to |is |na |a |an )?"
    rf"(\d{{2}}(?:[.,]5)?|x{{0,3}}[sl]|m|[2-5]xl){_AFTER}"
)
_SIZE_LETTERS = re.compile(rf"(?<!['’]){_BEFORE}(?:(?:[2-5]|X{{0,3}})XL|XL|XX?S|[SML]|x{{1,3}}l|xs){_AFTER}")
_SIZE_BARE = re.compile(
    rf"(?<!\+){_BEFORE}(3[4-9]|4\d)(?:[.,]5)?{_AFTER}"
    r"(?!\s?(?:%|cm|mm|kg|g|l|zl|pln|dni|days?|szt\w*|par|godz\w*|min|h|x|lat\w*|rok\w*|os|km|m|wh|st|procent|percent|hours?|minut\w*)\b)"
)
_ENDINGS = ("y", "a", "e", "i", "ego", "iego", "ej", "iej", "emu", "ym", "im", "ych", "ich", "ymi", "imi", "ie", "o")
_COLOURS = {
    "czarny": "czarn", "biały": "bial", "czerwony": "czerwon", "niebieski": "niebiesk", "zielony": "zielon",
    "żółty": "zolt", "granatowy": "granatow", "szary": "szar", "brązowy": "brazow", "beżowy": "bezow",
    "różowy": "rozow", "fioletowy": "fioletow", "pomarańczowy": "pomaranczow", "turkusowy": "turkusow",
    "srebrny": "srebrn", "grafitowy": "grafitow", "oliwkowy": "oliwkow", "malinowy": "malinow", "miętowy": "mietow",
    "bordowy": "bordow", "kremowy": "kremow",
}  # fmt: skip
_ENGLISH_COLOURS = {
    "black": "czarny", "white": "biały", "red": "czerwony", "blue": "niebieski", "green": "zielony", "yellow": "żółty",
    "navy": "granatowy", "grey": "szary", "gray": "szary", "brown": "brązowy", "beige": "beżowy", "pink": "różowy",
    "purple": "fioletowy", "violet": "fioletowy", "orange": "pomarańczowy", "turquoise": "turkusowy",
    "teal": "turkusowy", "silver": "srebrny", "graphite": "grafitowy", "olive": "oliwkowy", "raspberry": "malinowy",
    "mint": "miętowy", "burgundy": "bordowy", "cream": "kremowy", "khaki": "khaki", "bordo": "bordowy",
}  # fmt: skip
_COLOUR_FORMS = _ENGLISH_COLOURS | {stem + end: name for name, stem in _COLOURS.items() for end in _ENDINGS}
_MISTYPED_FROM = 6
"""Letters a word needs before one wrong one is forgiven: shorter words have too many neighbours."""


def find_values(text: str, today: dt.date) -> list[Value]:
    """Everything found in `text`, in its order; where two overlap, the plainer kind of value stays."""
    return apart(
        find_postcodes(text),
        find_streets(text),
        find_phones_abroad(text),
        find_trackings(text),
        find_coupons(text),
        find_lockers(text),
        find_days(text, today),
        find_amounts(text),
        find_hours(text),
        find_quantities(text),
        find_sizes(text),
        find_colours(text),
    )


def find_postcodes(text: str) -> list[Value]:
    """`postcode`: 30-060."""
    return [Value("postcode", m[0], *m.span()) for m in _POSTCODE.finditer(aligned(text))]


def find_phones_abroad(text: str) -> list[Value]:
    """`phone`: +46 70 155 51 21. Polish ones are the brain's to find."""
    return [Value("phone", m[0], *m.span()) for m in _PHONE_ABROAD.finditer(aligned(text))]


_PHONE_ABROAD = re.compile(r"(?<![\w@+.])\+(?!48)\d{1,3}(?:[ .-]?\d){7,11}(?![\w@])")


def find_streets(text: str) -> list[Value]:
    """`street`: "ul. Lipowa 12/3", "aleja Pokoju 7a", and with a flat also "Lipowa 12/3"."""
    marked = [m.span() for m in _STREET.finditer(aligned(text))]
    bare = [m.span() for m in _STREET_BARE.finditer(text)]
    return apart(*([Value("street", _street(text[start:end]), start, end)] for start, end in marked + bare))


def _street(found: str) -> str:
    plain = re.sub(r"^ulic[aeyę]\b|^ul\b\.?", "ul.", " ".join(found.split()), flags=re.IGNORECASE)
    return re.sub(r"\s?/\s?", "/", plain)


def find_lockers(text: str) -> list[Value]:
    """`locker`: the code of a parcel locker, KRA012 or WAW123M."""
    return [Value("locker", m[0].upper(), *m.span()) for m in _LOCKER.finditer(aligned(text))]


def find_trackings(text: str) -> list[Value]:
    """`tracking_number`: by its own length, or any long number a parcel is said to have."""
    plain = aligned(text)
    named = [Value("tracking_number", m[1].upper(), *m.span(1)) for m in _TRACKING_NAMED.finditer(plain)]
    return apart(named, [Value("tracking_number", m[0].upper(), *m.span()) for m in _TRACKING.finditer(plain)])


def find_coupons(text: str) -> list[Value]:
    """`coupon`: a word in capitals or with a digit after "kod" or "code", or capitals with a number behind (JESIEN10)."""
    named = []
    for match in _COUPON_NAMED.finditer(aligned(text)):
        said = text[slice(*match.span(1))]
        if not _POSTCODE.fullmatch(said) and not said.isdigit() and (said.isupper() or re.search(r"\d", said)):
            named.append(Value("coupon", said.upper(), *match.span(1)))
    return apart(named, [Value("coupon", m[0], *m.span()) for m in _COUPON.finditer(text)])


def find_amounts(text: str) -> list[Value]:
    """`amount`, or `budget` where it is the most somebody wants to pay: "500.00"."""
    plain, found = aligned(text), []
    for match in _AMOUNT.finditer(plain):
        whole, cents = (match[2], match[3]) if match[2] else (match[5], match[6])
        value = int(re.sub(r"\D", "", whole)) * (1000 if match["thousand"] else 1)
        start = match.end("limit") if match["limit"] else match.start()
        found.append(Value("budget" if match["limit"] else "amount", f"{value}.{cents or '00'}", start, match.end()))
    alone = [
        Value("budget", f"{m[1]}.00", *m.span(1)) for m in _LIMIT_ALONE.finditer(plain) if int(m[1]) >= 30
    ]  # "do 18" is an hour
    return apart(found, alone)


def find_quantities(text: str) -> list[Value]:
    """`quantity`: "2 sztuki", "dwie pary", "x3", "three of them"."""
    found = []
    for match in _QUANTITY.finditer(aligned(text)):
        said = match[1] or match[2]
        found.append(Value("quantity", str(_NUMBERS.get(said, said)), *match.span()))
    return found


def find_sizes(text: str) -> list[Value]:
    """`size`: after the word for it, or standing alone the letters of clothes and the numbers of shoes."""
    plain = aligned(text)
    named = [Value("size", _size(m[1]), *m.span(1)) for m in _SIZE_NAMED.finditer(plain)]
    letters = [Value("size", _size(m[0]), *m.span()) for m in _SIZE_LETTERS.finditer(text)]
    return apart(named, letters, [Value("size", _size(m[0]), *m.span()) for m in _SIZE_BARE.finditer(plain)])


def _size(said: str) -> str:
    return said.upper().replace(",", ".")


def find_colours(text: str) -> list[Value]:
    """`colour`: the Polish adjective in its first form, whatever the language: "czarny" of "black" and "czarnych"."""
    found = []
    for match in re.finditer(r"[a-z]+", aligned(text)):
        name = _COLOUR_FORMS.get(match[0]) or _nearly(match[0], _COLOUR_FORMS)
        if name:
            found.append(Value("colour", name, *match.span()))
    return found


def _nearly(word: str, forms: dict[str, str]) -> str | None:
    if len(word) < _MISTYPED_FROM:
        return None
    near: Iterable[str] = (form for form in forms if len(form) >= _MISTYPED_FROM and form[0] == word[0])
    return next((forms[form] for form in near if one_edit_apart(word, form)), None)
