"""Pictures of products: checked at import, kept in the database under the hash of their content, addressed here.

A name made from the content never means two pictures: a browser may keep it for ever, and a card in an old conversation
goes on showing what it showed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from bot.domain.text import fold

FOLDER = "images"
ROUTE = "/shop/images/"
LARGEST = 2**20
LARGEST_WORDS = "1 MB"

TYPES: Mapping[str, str] = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}
_BEGINNINGS = {
    ".svg": re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml.*?\?>\s*)?(<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]", re.DOTALL),
    ".png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    ".jpg": re.compile(rb"\xff\xd8\xff"),
    ".webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
_STORED = re.compile(r"[a-z0-9-]{1,60}-[0-9a-f]{16}\.(svg|png|jpg|webp)")


def is_address(cell: str) -> bool:
    """True for a picture that lies on some web site."""
    return re.match(r"https?://", cell, re.IGNORECASE) is not None


def stored_name(folder: Path, cell: str) -> str:
    """The name under which `cell`, a file in the shop folder's `images/`, is kept. Raises ValueError with a reason."""
    file = folder / FOLDER / cell
    if Path(cell).name != cell or cell.startswith("."):
        raise ValueError(
            f"{cell!r} is neither the name of a file in {FOLDER}/ nor an address that begins with https://"
        )
    suffix = _suffix(cell)
    if suffix not in TYPES:
        raise ValueError(f"{cell!r} is not a picture: use {', '.join(kind[1:] for kind in TYPES)}")
    if not file.is_file():
        raise ValueError(f"there is no file {FOLDER}/{cell}")
    if file.stat().st_size > LARGEST:
        raise ValueError(f"{FOLDER}/{cell} is larger than {LARGEST_WORDS}")
    content = file.read_bytes()
    if not _BEGINNINGS[suffix].match(content):
        raise ValueError(f"{FOLDER}/{cell} is no {suffix[1:]} inside")
    stem = re.sub(r"[^a-z0-9]+", "-", fold(Path(cell).stem)).strip("-")[:60].rstrip("-") or "picture"
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:16]}{suffix}"


def is_stored(name: str) -> bool:
    """True for what `stored_name` makes."""
    return _STORED.fullmatch(name) is not None


def picture_address(image: str | None, base: str = "") -> str | None:
    """Where a product's picture is: `base` is the gateway's own address, or nothing for its own pages."""
    return f"{base}{ROUTE}{image}" if image and is_stored(image) else image


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return ".jpg" if suffix == ".jpeg" else suffix
