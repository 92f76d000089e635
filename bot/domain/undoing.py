"""Taking back what was just written: how people say it."""

from __future__ import annotations

import re
from enum import Enum

from bot.domain.text import fold


class Wish(Enum):
    PLAIN = "plain"
    """It can mean nothing else."""
    REGRET = "regret"
    """Plain too, while nothing else is being talked about: in the middle of a form it is about the form."""
    PERHAPS = "perhaps"
    """It may be about what was written last: asked first."""


_BACK = (
    r"cofnij\w*|cofn(ac|iecie|ijcie)|wycof(aj|ac)\w*|odwolaj (to|ta|te)|przywroc\w*|undo|revert|"
    r"take (it|that|this) back|reverse (it|that|this)|put it back|restore (it|the order|my order)|un-?cancel"
)
_NOT_AFTER_ALL = (
    r"jednak nie (chce )?(rezygn|anul|zwrac|zwraca|wymien|zmien|odsyl|oddaj|reklam)\w*|"
    r"jednak (chce|biore|zostaw\w*) (to|je|ten|ta|te|zamow\w*|tamto)|"
    r"don.?t (cancel|return|exchange|change) (it|that|this|them)? ?after all|"
    r"(keep|want) (it|them|the order|my order) after all"
)
_MISTAKE = (
    r"pomyl(ka|ke|ilam|ilem|ki)|przez pomylke|niechcacy|przypadk(iem|owo)|nie (to |tego )?(chcial|mial)\w*|"
    r"jednak nie|mistake|by accident|accidentally|didn.?t mean|did not mean|wrong button|not what i (wanted|meant)|"
    r"changed my mind|zmienil[ae]m zdanie|rozmyslil[ae]m"
)
_SAID = {
    Wish.PLAIN: re.compile(rf"\b({_BACK})"),
    Wish.REGRET: re.compile(rf"\b({_NOT_AFTER_ALL})"),
    Wish.PERHAPS: re.compile(rf"\b({_MISTAKE})"),
}
FEW = 12
"""A longer sentence tells a story of its own."""


def taking_back(text: str) -> Wish | None:
    """Whether these words, said right after something was written, take it back."""
    said = fold(text)
    if len(said.split()) > FEW:
        return None
    for wish, pattern in _SAID.items():
        if pattern.search(said):
            return wish
    return None
