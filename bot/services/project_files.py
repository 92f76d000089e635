"""The Rasa project's files: intents with their examples, and response texts. The files are the truth; Git is their history."""

from __future__ import annotations

import hashlib
import threading

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml.scalarstring import LiteralScalarString

from bot.domain.errors import NotFound, NotPossibleNow
from bot.services import project_checks as check
from bot.services import response_files
from bot.services.yaml_files import Draft, dumped, keeping_tail, read

NLU_HEADER = 'version: "3.1"\n\nnlu:\n'
RULES_HEADER = 'version: "3.1"\n\nrules:\n'
CUSTOM = "custom.yml"
"""What admins add has files of its own: an update of the product never touches it."""

Examples = dict[str, list[str]]


@dataclass(frozen=True)
class Block:
    """The examples of one intent in one place of one file."""

    path: Path
    language: str
    position: int
    intent: str
    examples: tuple[str, ...]


class ProjectFiles:
    """Reads and edits the project under `root`. Methods block on the disk: call them in a thread."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.RLock()

    # Intents

    def intents(self) -> dict[str, Examples]:
        """Every intent with its examples by language, by name. An unreadable file raises NotPossibleNow naming it."""
        return _by_intent(self._blocks())

    def intent(self, name: str) -> Examples:
        """The examples of one intent. Raises NotFound."""
        found = self.intents().get(name)
        if found is None:
            raise NotFound(details={"intent": name})
        return found

    def built_in(self) -> set[str]:
        """Intents that the product's own rules answer: they can be taught, not deleted."""
        return {intent for path, intent in self._rules() if path.name != CUSTOM}

    def unanswered(self) -> list[str]:
        """Admins' intents that nobody has written a response for yet."""
        with self._lock:
            return sorted({i for p, i in self._rules() if p.name == CUSTOM and f"utter_{i}" not in self.responses()})

    def save_intent(self, name: str, examples: Mapping[str, Any], *, version: str | None = None) -> None:
        """Make `examples` all the examples of `name` in the languages given; a name not known yet becomes an intent.

        `version` is that of the examples the change began with. Raises InvalidValue with the reason in its details,
        NotPossibleNow when the files have changed since that version, StorageUnavailable when they can't be written.
        """
        given = check.clean_texts(examples)
        with self._lock:
            blocks = self._blocks()
            present = _by_intent(blocks)
            new = name not in present
            check.check_intent_name(name, new=new)
            if version is not None and version != version_of(present.get(name, {})):
                raise NotPossibleNow(details={"reason": "changed_meanwhile", "intent": name})
            check.check_examples(name, present.get(name, {}) | given, present, self._domain("entities"))
            draft = Draft()
            for language, texts in given.items():
                self._place(draft, [b for b in blocks if b.intent == name and b.language == language], name, language, texts)
            if new:
                self._declare(draft, name)
            draft.commit()

    def add_example(self, name: str, language: str, text: str) -> None:
        """Teach one more sentence; one that is there already stays as it is. Raises as `save_intent`, and NotFound."""
        with self._lock:
            present = self.intent(name)
            if check.plain(text) not in {check.plain(example) for texts in present.values() for example in texts}:
                self.save_intent(name, {language: [*present.get(language, []), text]})

    def delete_intent(self, name: str) -> None:
        """Remove an intent an admin added, with its rule and response. Raises NotFound, NotPossibleNow for a built-in."""
        with self._lock:
            blocks = [block for block in self._blocks() if block.intent == name]
            rules = [path for path, intent in self._rules() if intent == name]
            if not blocks and not rules:
                raise NotFound(details={"intent": name})
            if not rules or any(path.name != CUSTOM for path in rules):
                raise NotPossibleNow(details={"reason": "built_in", "intent": name})
            draft = Draft()
            for path in dict.fromkeys(block.path for block in blocks):
                _drop(draft, path, "nlu", [block.position for block in blocks if block.path == path])
            own = self._rules_folder / CUSTOM
            mine = [i for i, rule in enumerate(_content(own).get("rules") or ()) if _intent_of(rule) == name]
            _drop(draft, own, "rules", mine)
            draft.edit(self.root / "domain.yml", lambda domain: _remove_item(domain.get("intents") or [], name))
            response_files.remove(draft, self._responses_folder / CUSTOM, f"utter_{name}")
            draft.commit()

    # Responses

    def responses(self) -> dict[str, Examples]:
        """Every response with its texts by language, by name."""
        return response_files.texts(self._responses_folder)

    def response(self, name: str) -> Examples:
        """The texts of one response. Raises NotFound."""
        found = self.responses().get(name)
        if found is None:
            raise NotFound(details={"response": name})
        return found

    def save_response(self, name: str, texts: Mapping[str, Any]) -> None:
        """Make `texts` the variants of `name` in the languages given; buttons stay with their variant.

        Raises InvalidValue with the reason in its details, StorageUnavailable.
        """
        given = check.clean_texts(texts, lines=True)
        with self._lock:
            present = self.responses().get(name)
            if present is None:
                check.check_response_name(name)
            merged = (present or {}) | given
            if not merged.get("pl"):
                raise check.refuse("empty", response=name, lang="pl")  # Polish is what every other language falls back to
            check.check_response(given, check.known_placeholders(present or {}))
            draft = Draft()
            response_files.save(draft, self._responses_folder, name, given)
            draft.commit()

    # The files

    @property
    def _rules_folder(self) -> Path:
        return self.root / "data" / "rules"

    @property
    def _responses_folder(self) -> Path:
        return self.root / "data" / "responses"

    def _blocks(self) -> list[Block]:
        found = []
        for language in check.LANGUAGES:
            for path in sorted((self.root / "data" / "nlu" / language).glob("*.yml")):
                for position, entry in enumerate(_content(path).get("nlu") or ()):
                    if "intent" in entry:
                        examples = tuple(_lines(entry.get("examples")))
                        found.append(Block(path, language, position, entry["intent"], examples))
        return found

    def _rules(self) -> Iterator[tuple[Path, str]]:
        """(file, intent) of each rule that begins with an intent."""
        for path in sorted(self._rules_folder.glob("*.yml")):
            for rule in _content(path).get("rules") or ():
                intent = _intent_of(rule)
                if intent:
                    yield path, intent

    def _domain(self, key: str) -> list[str]:
        entries = _content(self.root / "domain.yml").get(key) or []
        return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]

    def _place(self, draft: Draft, blocks: list[Block], name: str, language: str, texts: list[str]) -> None:
        """Write the examples in the order given, each into the block it is in, a new one after its predecessor."""
        if not blocks:
            if texts:
                entry = dumped([{"intent": name, "examples": _literal(texts)}])
                draft.append(self.root / "data" / "nlu" / language / CUSTOM, NLU_HEADER, entry)
            return
        placed: dict[Block, list[str]] = {block: [] for block in blocks}
        home = blocks[0]
        for text in texts:
            home = next((block for block in blocks if text in block.examples), home)
            placed[home].append(text)
        # From the last to the first: removing a block must not move those still to be edited.
        for block, kept in reversed(placed.items()):
            if not kept:
                _drop(draft, block.path, "nlu", [block.position])
            elif tuple(kept) != block.examples:
                _set_examples(draft, block, kept)

    def _declare(self, draft: Draft, name: str) -> None:
        """A new intent: the domain has to know it, and a rule has to answer it."""
        if name not in self._domain("intents"):
            draft.edit(self.root / "domain.yml", lambda domain: _append_item(domain.setdefault("intents", []), name))
        if all(intent != name for _, intent in self._rules()):
            rule = {"rule": f"Custom {name}", "steps": [{"intent": name}, {"action": "action_answer"}]}
            draft.append(self._rules_folder / CUSTOM, RULES_HEADER, dumped([rule]))


def version_of(examples: Examples) -> str:
    """Changes whenever the examples do."""
    return hashlib.sha256(repr(sorted((k, v) for k, v in examples.items() if v)).encode()).hexdigest()[:16]


def counts(examples: Examples) -> dict[str, int]:
    """How many examples there are in each language."""
    return {language: len(examples.get(language, ())) for language in check.LANGUAGES}


def _content(path: Path) -> dict[str, Any]:
    try:
        return read(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotPossibleNow(details={"reason": "unreadable_file", "file": path.name}) from error


def _by_intent(blocks: list[Block]) -> dict[str, Examples]:
    found: dict[str, Examples] = {}
    for block in blocks:
        found.setdefault(block.intent, {language: [] for language in check.LANGUAGES})[block.language] += block.examples
    return dict(sorted(found.items()))


def _lines(examples: Any) -> list[str]:
    """The examples of a block. Rasa has a second form, a list with metadata per example: its texts are shown."""
    if isinstance(examples, list):
        return [text.lstrip("- ").strip() for entry in examples if (text := str(entry.get("text") or "").strip())]
    rows = (row.strip() for row in str(examples or "").splitlines())
    return [row[1:].strip() for row in rows if row.startswith("-") and row[1:].strip()]


def _literal(texts: list[str]) -> LiteralScalarString:
    return LiteralScalarString("".join(f"- {text}\n" for text in texts))


def _set_examples(draft: Draft, block: Block, texts: list[str]) -> None:
    def change(content: Any) -> None:
        entry = content["nlu"][block.position]
        if not isinstance(entry["examples"], str):
            raise NotPossibleNow(details={"reason": "examples_with_metadata", "file": block.path.name})
        remarks = [row for row in entry["examples"].splitlines() if row.strip() and not row.strip().startswith("-")]
        entry["examples"] = LiteralScalarString("".join(f"{row}\n" for row in remarks) + _literal(texts))

    draft.edit(block.path, change)


def _drop(draft: Draft, path: Path, key: str, positions: list[int]) -> None:
    """Remove entries of the file's list; a file of admins' own that this empties goes too."""

    def change(content: Any) -> None:
        for position in sorted(positions, reverse=True):
            del content[key][position]

    draft.edit(path, change)
    if path.name == CUSTOM and not read(draft.text(path)).get(key):
        draft.remove(path)


def _intent_of(rule: Any) -> str | None:
    steps = rule.get("steps") or [{}]
    return steps[0].get("intent")


def _append_item(items: Any, value: str) -> None:
    with keeping_tail(items):
        items.append(value)


def _remove_item(items: Any, value: str) -> None:
    if value in items:
        with keeping_tail(items):
            items.remove(value)
