"""The Rasa project's files: intents with their examples, and response texts. The files are the truth."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.domain.errors import NotFound, NotPossibleNow
from bot.services import nlu_files, response_files
from bot.services import project_checks as check
from bot.services.nlu_files import Examples
from bot.services.yaml_files import CUSTOM, Draft, drop_entries, dumped, keeping_tail, read_file

RULES_HEADER = 'version: "3.1"\n\nrules:\n'


class ProjectFiles:
    """Reads and edits the project under `root`. Methods block on the disk: call them in a thread."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.RLock()

    # Intents

    def intents(self) -> dict[str, Examples]:
        """Every intent with its examples by language, by name. An unreadable file raises NotPossibleNow naming it."""
        return nlu_files.by_intent(nlu_files.blocks(self._nlu_folder))

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
            texts = self.responses()
            return sorted({i for path, i in self._rules() if path.name == CUSTOM and f"utter_{i}" not in texts})

    def save_intent(self, name: str, examples: Any, *, version: str | None = None) -> None:
        """Make `examples` all the examples of `name` in the languages given; a name not known yet becomes an intent.

        `version` is that of the examples the change began with. Raises InvalidValue with the reason in its details,
        NotPossibleNow when the files have changed since that version, StorageUnavailable when they can't be written.
        """
        given = check.clean_texts(examples)
        with self._lock:
            blocks = nlu_files.blocks(self._nlu_folder)
            present = nlu_files.by_intent(blocks)
            new = name not in present
            check.check_intent_name(name, new=new)
            if version is not None and version != version_of(present.get(name, {})):
                raise NotPossibleNow(details={"reason": "changed_meanwhile", "intent": name})
            check.check_examples(name, present.get(name, {}) | given, present, self._domain("entities"))
            draft = Draft()
            for language, texts in given.items():
                own = [block for block in blocks if block.intent == name and block.language == language]
                nlu_files.place(draft, self._nlu_folder, own, name, language, texts)
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
        """Remove an intent an admin added, with its rule and response.

        Raises NotFound, NotPossibleNow for a built-in one.
        """
        with self._lock:
            blocks = [block for block in nlu_files.blocks(self._nlu_folder) if block.intent == name]
            rules = [path for path, intent in self._rules() if intent == name]
            if not blocks and not rules:
                raise NotFound(details={"intent": name})
            if not rules or any(path.name != CUSTOM for path in rules):
                raise NotPossibleNow(details={"reason": "built_in", "intent": name})
            draft = Draft()
            nlu_files.remove(draft, blocks)
            own = self._rules_folder / CUSTOM
            mine = [i for i, rule in enumerate(read_file(own).get("rules") or ()) if _intent_of(rule) == name]
            drop_entries(draft, own, "rules", mine)
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

    def save_response(self, name: str, texts: Any) -> None:
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
                # Polish is what every other language falls back to.
                raise check.refuse("empty", response=name, lang="pl")
            check.check_response(given, check.known_placeholders(present or {}))
            draft = Draft()
            response_files.save(draft, self._responses_folder, name, given)
            draft.commit()

    # The files

    @property
    def _nlu_folder(self) -> Path:
        return self.root / "data" / "nlu"

    @property
    def _rules_folder(self) -> Path:
        return self.root / "data" / "rules"

    @property
    def _responses_folder(self) -> Path:
        return self.root / "data" / "responses"

    def _rules(self) -> Iterator[tuple[Path, str]]:
        """(file, intent) of each rule that begins with an intent."""
        for path in sorted(self._rules_folder.glob("*.yml")):
            for rule in read_file(path).get("rules") or ():
                intent = _intent_of(rule)
                if intent:
                    yield path, intent

    def _domain(self, key: str) -> list[str]:
        entries = read_file(self.root / "domain.yml").get(key) or []
        return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]

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


def _intent_of(rule: Any) -> Any:
    steps = rule.get("steps") or [{}]
    return steps[0].get("intent") or None


def _append_item(items: Any, value: str) -> None:
    with keeping_tail(items):
        items.append(value)


def _remove_item(items: Any, value: str) -> None:
    if value in items:
        with keeping_tail(items):
            items.remove(value)
