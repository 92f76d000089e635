"""The training examples in `data/nlu/<language>/*.yml`: where each intent's are, and edits that leave others alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.scalarstring import LiteralScalarString

from bot.domain.errors import NotPossibleNow
from bot.services import project_checks
from bot.services.project_checks import LANGUAGES
from bot.services.yaml_files import CUSTOM, Draft, drop_entries, dumped, read_file

HEADER = 'version: "3.1"\n\nnlu:\n'

Examples = dict[str, list[str]]


@dataclass(frozen=True)
class Block:
    """The examples of one intent in one place of one file."""

    path: Path
    language: str
    position: int
    intent: str
    examples: tuple[str, ...]


def blocks(folder: Path) -> list[Block]:
    """Every block of examples below `folder`, by language and file. An unreadable file raises NotPossibleNow."""
    found = []
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.yml")):
            for position, entry in enumerate(read_file(path).get("nlu") or ()):
                if "intent" in entry:
                    examples = tuple(_lines(entry.get("examples")))
                    found.append(Block(path, language, position, entry["intent"], examples))
    return found


def by_intent(found_blocks: Sequence[Block]) -> dict[str, Examples]:
    """Each intent's examples by language, by name."""
    found: dict[str, Examples] = {}
    for block in found_blocks:
        found.setdefault(block.intent, {language: [] for language in LANGUAGES})[block.language] += block.examples
    return dict(sorted(found.items()))


def counts(examples: Examples) -> dict[str, int]:
    """How many examples there are in each language."""
    return {language: len(examples.get(language, ())) for language in LANGUAGES}


def moved(moves: Any, present: Mapping[str, Examples]) -> dict[str, Examples]:
    """What other intents' examples become with the sentences that are moved to them."""
    if not isinstance(moves or [], list):
        raise project_checks.refuse("not_texts")
    wanted: dict[str, Examples] = {}
    for move in moves or ():
        to, language = (str(move.get(key)) for key in ("to", "language")) if isinstance(move, Mapping) else ("", "")
        if to not in present:
            raise project_checks.refuse("unknown_intent", intent=to[:80])
        own = wanted.setdefault(to, {lang: list(texts) for lang, texts in present[to].items()})
        own.setdefault(language, []).extend(project_checks.clean_texts({language: [move.get("text")]})[language])
    return wanted


def place(draft: Draft, folder: Path, present: Sequence[Block], name: str, language: str, texts: Sequence[str]) -> None:
    """Write all examples of an intent in one language, in the order given: each into the block it is in already, a new
    one after its predecessor. `present` are the intent's blocks of that language.
    """
    if not present:
        if texts:
            entry = dumped([{"intent": name, "examples": _literal(texts)}])
            draft.append(folder / language / CUSTOM, HEADER, entry)
        return
    placed: dict[Block, list[str]] = {block: [] for block in present}
    home = present[0]
    for text in texts:
        home = next((block for block in present if text in block.examples), home)
        placed[home].append(text)
    # From the last to the first: removing a block must not move those still to be edited.
    for block, kept in reversed(placed.items()):
        if not kept:
            drop_entries(draft, block.path, "nlu", [block.position])
        elif tuple(kept) != block.examples:
            _set_examples(draft, block, kept)


def remove(draft: Draft, present: Sequence[Block]) -> None:
    """Remove those blocks from their files."""
    for path in dict.fromkeys(block.path for block in present):
        drop_entries(draft, path, "nlu", [block.position for block in present if block.path == path])


def _lines(examples: Any) -> list[str]:
    """The examples of a block. Rasa has a second form, a list with metadata per example: its texts are shown."""
    if isinstance(examples, list):
        return [text.lstrip("- ").strip() for entry in examples if (text := str(entry.get("text") or "").strip())]
    rows = (row.strip() for row in str(examples or "").splitlines())
    return [row[1:].strip() for row in rows if row.startswith("-") and row[1:].strip()]


def _literal(texts: Sequence[str]) -> Any:
    return LiteralScalarString("".join(f"- {text}\n" for text in texts))


def _set_examples(draft: Draft, block: Block, texts: Sequence[str]) -> None:
    def change(content: Any) -> None:
        entry = content["nlu"][block.position]
        if not isinstance(entry["examples"], str):
            raise NotPossibleNow(details={"reason": "examples_with_metadata", "file": block.path.name})
        remarks = [row for row in entry["examples"].splitlines() if row.strip() and not row.strip().startswith("-")]
        entry["examples"] = LiteralScalarString("".join(f"{row}\n" for row in remarks) + _literal(texts))

    draft.edit(block.path, change)
