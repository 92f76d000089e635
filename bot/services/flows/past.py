"""How people ask for what they have bought before: to see it, or to have it once more."""

from __future__ import annotations

import re

from bot.domain.text import fold

_ONCE_MORE = re.compile(
    r"\b(zamow\w* (to |je |mi )?(jeszcze|ponownie|znow|drugi|samo)|jeszcze raz (to|te|zamow)|ponow\w* (zamow|zakup)|"
    r"powtor\w* (moje |ostatnie |poprzednie |to )*(zamow|zakup)|to samo (co|zamow|jeszcze)|te same|"
    r"(order|buy|get) (that|it|this|them|the same)? ?(thing |one |order )?(again|once more)|re-?order|same again|"
    r"same order (again|as)|buy again|repeat (my |the |that |last )*order)"
)
_BOUGHT = re.compile(
    r"\b(co (ja )?(u was |ostatnio |wczesniej |wtedy )*(kupi|kupowa|zamawia|zamowi|bral)|histori\w* (zakup|zamow)|"
    r"(poprzedni|dawn|ostatni|moj)e (zakupy|zamowienia)|lista (moich )?zamow|"
    r"what (did|have) i (buy|bought|order|purchas|get|got)|"
    r"(order|purchase) history|(previous|past|old|recent|my) (orders|purchases))"
)


def once_more(text: str) -> bool:
    """True for "order that again"."""
    return bool(_ONCE_MORE.search(fold(text)))


def asks_history(text: str) -> bool:
    """True for "what did I buy last time"."""
    return bool(_BOUGHT.search(fold(text)))


def about_past(text: str) -> bool:
    return once_more(text) or asks_history(text)
