"""What a member of staff must be like, wherever one is added or changed."""

from __future__ import annotations

import re

from bot.domain.errors import InvalidValue

ROLES = ("agent", "manager", "admin")
"""From the least to the most that may be done."""
LANGUAGES = ("pl", "en")
LONGEST_EMAIL = 254
LONGEST_NAME = 100
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s.,;<>\"()]{2,}")


def taken(email: str) -> InvalidValue:
    return _wrong("email", "taken", f"there is a user with the e-mail {email} already")


def check_email(email: str) -> None:
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise _wrong("email", "no_email", f"{email!r} is not an e-mail address")


def check_person(*, role: str, name: str, language: str) -> None:
    """Raises InvalidValue for what no user can have."""
    if role not in ROLES:
        raise _wrong("role", "unknown_role", f"{role!r} is not a role: use one of {', '.join(ROLES)}")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise _wrong("name", "no_name", f"the name must have 1 to {LONGEST_NAME} characters that can be read")
    if language not in LANGUAGES:
        raise _wrong("language", "unknown_language", f"{language!r} is not a language of the desk: use pl or en")


def _wrong(field: str, reason: str, words: str) -> InvalidValue:
    return InvalidValue(words, details={"field": field, "reason": reason})
