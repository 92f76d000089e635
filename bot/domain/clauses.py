"""Where a message passes from one thing to another: its sentences, and the requests joined within one sentence."""

from __future__ import annotations

import re

_WHOLE = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+\.\w+|\d[\d\s./:,-]*\d",
    re.IGNORECASE,
)
"""Addresses and numbers: nothing is cut inside one."""
_SHORT = (
    r"nr|zam|ul|al|os|pl|tel|np|m\.in|itd|itp|tzn|tj|dr|mgr|inż|prof|św|godz|szt|ok|ew|pkt|str|woj|gm|im|gr|"
    r"no|mr|mrs|ms|e\.g|i\.e|approx|st|ave|vs|pcs"
)
_ABBREVIATED = re.compile(rf"(?:^|[\s(])(?:{_SHORT}|[^\W\d_])\.$", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:^|\s)\d{1,2}\.\s+[a-ząćęłńóśźż]")
_SENTENCE = re.compile(r"(?:[.!?…;]+[)\"”’']*\s)\s*|\n\s*")
_ASKS_PL = (
    "czy|jak|jaki|jaka|jakie|jakiej|jakich|kiedy|gdzie|ile|po ile|za ile|co|skąd|skad|dlaczego|czemu|kto|który|która|"
    "które|ktory|ktora|ktore|w jaki|w jakich|do kiedy|od kiedy"
)
_ASKS_EN = "what|when|where|how|why|who|which|do|does|did|is|are|can|could|may|will|would|should|have|has"
_WANTS_PL = (
    r"chcę|chce|chciał\w*|chcial\w*|proszę|prosze|poproszę|poprosze|potrzebuj\w*|muszę|musze|szukam|anuluj\w*|"
    "mogę|moge|można|mozna"
)
_WANTS_EN = r"i['’]?d like|i would like|i['’]m|i want|i need|i have|i['’]ve|please|cancel|tell me|send me"
_NUMBERED = r"(?:zamówieni\w+ |zamowieni\w+ |order )?(?:nr\.? |no\.? |number )?#?\d{5,}"
_JOINED = re.compile(
    r"[,;]?\s+(?="
    rf"(?:a|i|oraz|ale|albo)\s+(?:też\s+|tez\s+|jeszcze\s+)?(?:{_ASKS_PL}|{_WANTS_PL})\b"
    rf"|(?:and|but|or)\s+(?:also\s+)?(?:{_ASKS_EN}|{_WANTS_EN})\b"
    r"|(?:a|oraz)\s+(?:także|takze|też|tez|jeszcze|poza tym|przy okazji)\b|(?:and|plus)\s+also\b"
    r"|(?:przy okazji|poza tym|oprócz tego|oprocz tego|by the way|btw|besides)\b"
    rf"|(?:a|zaś|zas|natomiast|and|while)\s+{_NUMBERED}\b"
    rf")|,\s+(?=(?:a|and)\s+\w)|,\s+(?=(?:{_ASKS_PL}|{_ASKS_EN})\s[^.!?]*\?)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"\s*(?:tak|nie|no|ok|okej|okay|dobrze|jasne|pewnie|super|świetnie|swietnie|rozumiem|dzięki|dzieki|dziękuję|dziekuje|"
    r"hej|hejka|cześć|czesc|witam|siema|dzień dobry|dzien dobry|dobry wieczór|dobry wieczor|"
    r"yes|yep|yeah|nope|sure|great|thanks|thank you|hi|hey|hello|good morning|good evening|good afternoon|so)"
    r"\s*[,;:–-]\s*(?=\S)",
    re.IGNORECASE,
)

_BEGINS = re.compile(rf"\W*(?:(?:a|i|oraz|ale|and|but|or)\s+)?(?:{_ASKS_PL}|{_ASKS_EN})\b", re.IGNORECASE)


def asks(clause: str) -> bool:
    """True for a clause that is a question by its mark or by its first word."""
    return clause.rstrip().endswith("?") or bool(_BEGINS.match(clause))


def clauses(text: str) -> list[str]:
    """`text` in slices, in order and with nothing left out: joined together they are the text again."""
    kept = [match.span() for match in _WHOLE.finditer(text)]
    found = {match.end() for match in _SENTENCE.finditer(text) if not _abbreviated(text, match)}
    found |= {match.end() for match in _JOINED.finditer(text)}
    found |= {_after_opening(text, start) for start in [0, *found]}
    cuts = sorted(at for at in found if 0 < at < len(text) and not any(start < at < end for start, end in kept))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return _with_words(pieces)


def _abbreviated(text: str, ending: re.Match[str]) -> bool:
    """True for the dot of "nr. 100311" or "17. czerwca", which ends no sentence."""
    at = ending.start()
    if text[at] != "." or "\n" in ending.group():
        return False
    around = text[max(0, at - 8) : at + 1]
    return bool(_ABBREVIATED.search(around) or _ORDINAL.search(text[max(0, at - 3) : ending.end() + 1]))


def _after_opening(text: str, start: int) -> int:
    """Where "yes," or "dzień dobry," ends that begins a sentence; 0 when none does."""
    opening = _OPENING.match(text, start)
    return opening.end() if opening else 0


def _with_words(pieces: list[str]) -> list[str]:
    """Slices that hold no letter and no digit are part of the one before, or of the next at the very beginning."""
    whole: list[str] = []
    lead = ""
    for piece in pieces:
        if not any(letter.isalnum() for letter in piece):
            if whole:
                whole[-1] += piece
            else:
                lead += piece
            continue
        whole.append(lead + piece)
        lead = ""
    return whole or ([text] if (text := "".join(pieces)) else [])
