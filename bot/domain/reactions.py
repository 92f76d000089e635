"""What people say about the talk itself: a thumb, "what?", "I told you already", "from the start", "English please"."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

from bot.domain.text import fold, words


class Reaction(Enum):
    YES = "yes"
    NO = "no"
    GLAD = "glad"
    SAD = "sad"
    SIGN = "sign"
    """Some other picture, with no words to it."""
    WHAT = "what"
    """The question was not understood."""
    TOLD = "told"
    """The customer has said it before."""
    ANY = "any"
    """Any of the answers will do."""
    UNKNOWN = "unknown"
    """The customer does not know."""
    OVER = "over"
    """From the start again."""


_SIGNS = {
    Reaction.NO: "👎❌🚫✖🙅",
    Reaction.SAD: "😡😠🤬😤😢😭😞😔☹🙁😟😩😣😖💔👿😒😕",
    Reaction.WHAT: "?❓❔🤔🤷",
    Reaction.YES: "👍👌✅✔🆗🙆💯",
    Reaction.GLAD: "❤♥🧡💛💚💙💜🙏😊😀😃😄😁😆😍🥰😘😇🙂☺👏🎉🤩💪🌷🌹💐🤗😉✨⭐🔥",
}
_FACES = {Reaction.GLAD: re.compile(r"^[:;=]-?[)D*pP]+$"), Reaction.SAD: re.compile(r"^[:;=]'?-?[(/\\]+$")}
SHORT = 7
"""A message of more words says something of its own."""
_SAID = {
    Reaction.TOLD: r"\bjuz (to |go |ja |je |Panu |Pani )?(\w+ )?(podal|podaw|pisal|napisal|mowil|wysyl|wyslal)\w*|"
    r"\b(podal|pisal|napisal|mowil|podawal)\w* (to |go |ja |je )?(juz|wczesniej|wyzej)|przeciez (podal|pisal|mowil)\w*|"
    r"\bi('ve| have)? (already )?(told|said|gave|given|wrote|written|sent) (you|it|that|this)\b.*|"
    r"\balready (told|said|gave|given|wrote|sent|mentioned)|\bsee above\b|^(jak )?wyzej$",
    Reaction.OVER: r"\bod (nowa|poczatku)\b|\b(start|begin) (over|again)\b|\bfrom the (beginning|start|top)\b|^reset$",
    Reaction.ANY: r"\b(obojetnie|wszystko jedno|bez znaczenia|bez roznicy|nie ma znaczenia|jak wolicie|niech bedzie jak|"
    r"jak panstwu wygodnie|dowoln\w+|wybierz(cie)? (za mnie|sam\w*|cos)|whatever|either( one| is fine)?|any of them|any one|"
    r"i don.?t mind|don.?t care|doesn.?t matter|does not matter|you (choose|decide|pick)|no preference|up to you)\b|^any$",
    Reaction.UNKNOWN: r"\b(nie wiem|nie pamietam|nie znam|nie mam pojecia|trudno powiedziec|don.?t know|do not know|"
    r"no idea|not sure|can.?t remember|don.?t remember|dunno|idk)\b",
    Reaction.WHAT: r"^(ze |ale |a )?(co|jak|hm+|he|ha|slucham|czyli|tzn|what|huh|pardon|eh|how|come again)( takiego)?$|"
    r"\bnie (rozumiem|kumam|czaje|lapie)( pytania)?\b|\bo co (chodzi|pytasz|pyta|pan|pani)|\bco to znaczy\b|"
    r"\bjak to\b|\bw jakim sensie\b|\bwhat do you mean|\bi don.?t (understand|get it|follow)|\bnot following\b|"
    r"\bwhat does (that|it|this) mean|\bwhat.?s that\b|\bdon.?t understand\b",
}
_PATTERNS = {each: re.compile(pattern, re.IGNORECASE) for each, pattern in _SAID.items()}


def reaction(text: str) -> Reaction | None:
    """What a short message says about the talk, or None where it says something of its own."""
    said = words(text)
    if not said or _face(text):
        return _sign(text)
    if len(said) > SHORT:
        return None
    plain = " ".join(said)
    return next((each for each, pattern in _PATTERNS.items() if pattern.search(plain)), None)


def _face(text: str) -> Reaction | None:
    bare = "".join(text.split())
    return next((each for each, face in _FACES.items() if face.match(bare)), None)


def _sign(text: str) -> Reaction | None:
    named = next((each for each, signs in _SIGNS.items() if any(sign in text for sign in signs)), None)
    pictured = any(unicodedata.category(letter) == "So" for letter in text)
    return _face(text) or named or (Reaction.SIGN if pictured else None)


_BACK = re.compile(
    r"\b(wroc\w*|wracam\w*|wracajac|powrot|kontynuuj\w*|dokoncz\w*|back to|return to|go back|continue|resume)\b"
)


def goes_back(text: str) -> bool:
    """True for words such as "let's go back to the return": to something that was left."""
    return len(words(text)) <= SHORT and _BACK.search(fold(text)) is not None


_WISH = {
    "pl": re.compile(r"\b(po polsku|in polish|polish|polski\w*)\b"),
    "en": re.compile(r"\b(po angielsku|in english|english|angielski\w*)\b"),
}
_ABOUT_WISH = frozenset(
    words(
        "prosze poprosze please can could you we i us the a to in po czy mozemy mozesz mozna moze pan pani "
        "panstwo mowic pisac rozmawiac mowisz mowi piszesz umiesz umie wole wolalbym wolalabym chce chcialbym "
        "chcialabym jezyk jezyku language switch change zmien zmiana na zmienic speak talk write answer "
        "odpowiadaj odpowiedz prefer rather would like want lets let's do only tylko hi hello hej dzien dobry "
        "czesc sorry przepraszam thanks thank dziekuje version wersja polsku polish polski polskim angielsku "
        "english angielski angielskim no nie ok okay i'd instead respond reply "
    )
)


def language_wish(text: str) -> str | None:
    """The language a message asks to talk in, where it asks for nothing else: "po polsku proszę", "English please"."""
    said, plain = words(text), fold(text)
    if not said or len(said) > SHORT or not _ABOUT_WISH.issuperset(said):
        return None
    wished = [language for language, pattern in _WISH.items() if pattern.search(plain)]
    return wished[0] if len(wished) == 1 else None
