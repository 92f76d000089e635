"""What a message's words alone decide: bare abuse, and the concerns a shop always gives to a human."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bot.domain.text import fold


@dataclass(frozen=True)
class Policies:
    """`abuse` are folded word beginnings; `concerns` maps a concern's name to folded phrases (word beginnings each)."""

    abuse: tuple[str, ...]
    concerns: dict[str, tuple[str, ...]]

    def concern(self, text: str) -> str | None:
        """The first concern that the text touches, e.g. `legal` or `safety`."""
        folded = fold(text)
        for name, phrases in self.concerns.items():
            if any(_pattern(phrase).search(folded) for phrase in phrases):
                return name
        return None


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(r"\b" + r"\w*\W+".join(re.escape(word) for word in phrase.split()))


SHORT = 6
"""A text of more words says something beside the abuse, and is answered for what it says."""


def is_bare_abuse(text: str, policies: Policies) -> bool:
    """True for an insult with nothing to answer in it."""
    words = re.findall(r"\w+", fold(text))
    return 0 < len(words) <= SHORT and any(w.startswith(stem) for w in words for stem in policies.abuse)
