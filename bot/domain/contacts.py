"""Contacts as they are shown to whoever need not read them."""

from __future__ import annotations


def masked_email(address: str) -> str:
    """`anna.nowak@example.pl` -> `a•••@example.pl`: enough for its owner to know it."""
    name, _, host = address.partition("@")
    return f"{name[:1]}•••@{host}"
