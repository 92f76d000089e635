"""Words as customers write them: which carry meaning, without their Polish and English endings, with typing errors."""

from __future__ import annotations

from functools import lru_cache

TOO_FAR = 99

_ENDINGS_OF_WORDS = """
    ami iami ach iach owie owi ow iow om iom em iem ie ia iu io a e y i u o ego iego emu iemu ych ich ymi imi ym
    im ej iej owego owej owe owa owy owych owym s es
"""
_ENDINGS = sorted(_ENDINGS_OF_WORDS.split(), key=len, reverse=True)

_LITTLE_WORDS = """
    a aby albo ale ani bardzo bez bo byc byl bym by chce chcialabym chcialbym chodzi ci cie co cos czego czy
    czym dla do dobry dzien gdzie go i ich ile im ja jak jaka jaki jakie jakies jakis jako jest jestem jesli juz
    kiedy kto ktora ktore ktory lub ma macie maja mam mi mnie moge moj moja moje moze mozecie mozna moglbym na
    nad nam nas nie niz no o od on ona oraz po pod pokaz polec polecacie polecicie polecisz potrzebuje poprosze
    prosze przed przez przy sa sie sobie szukam ta tak taka taki takie tam te tego tej ten to tu ty tych tylko u
    w wam was we wiec witam wy z za ze zeby znalezc interesuje kupic dzieki hej czesc pytanie mowic powiedz
    powiedziec napisz
    an about and any are as at be but by can could do does for from get give got had has have hello hi how i'd
    i'm if in is it its like looking me much my need of on or our please show so some tell than thanks that the
    their them there these they this to too us want was we what what's when where which who why will with would
    you your
"""
STOP_WORDS = frozenset(_LITTLE_WORDS.split())


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The word without its ending: "butow", "butach", "buty" → "but". Never shorter than three letters."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def similarity(one: str, other: str) -> float:
    """How alike two folded words are, 0…1: 1 the same, 0.95 the same stem, less for each typing error."""
    if one == other:
        return 1.0
    if stem(one) == stem(other):
        return 0.95
    allowed = 0 if min(len(one), len(other)) < 4 else 1 if min(len(one), len(other)) < 8 else 2
    distance = min(_distance(one, other, allowed), _distance(stem(one), stem(other), min(allowed, 1)))
    return 0.95 - 0.15 * distance if distance <= allowed else 0.0


def _distance(one: str, other: str, limit: int) -> int:
    """Edits between two words, two swapped letters counting as one; TOO_FAR when there are more than `limit`."""
    if abs(len(one) - len(other)) > limit:
        return TOO_FAR
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, target in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return TOO_FAR
    return row[-1] if row[-1] <= limit else TOO_FAR
