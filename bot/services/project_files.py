"""The Rasa project's files: intents with their examples, and response texts. The files are the truth.

What would change them is a draft: `bot.services.project_history` writes it and keeps it as a version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.domain.errors import NotFound, NotPossibleNow
from bot.services import nlu_files, response_files
from bot.services import project_checks as check
from bot.services.nlu_files import Block, Examples
from bot.services.response_files import ResponseText, Variant
from bot.services.yaml_files import CUSTOM, Draft, drop_entries, dumped, keeping_tail, read_file

RULES_HEADER = 'version: "3.1"\n\nrules:\n'
ANSWER = "action_answer"
"""The action of an admin's intent: it says `utter_<intent>`."""
FOLDERS = ("data/nlu", "data/responses", "data/rules")


class ProjectFiles:
    """Reads the project under `root` and drafts changes to it. Methods block on the disk: call them in a thread."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def texts(self) -> dict[str, str]:
        """Every file the studio may change, by its path below the root."""
        paths = [path for folder in FOLDERS for path in sorted((self.root / folder).rglob("*.yml"))]
        try:
            return {
                path.relative_to(self.root).as_posix(): path.read_text("utf-8")
                for path in [*paths, self.root / "domain.yml"]
                if path.is_file()
            }
        except UnicodeDecodeError as error:
            raise NotPossibleNow(details={"reason": "unreadable_file", "file": "data"}) from error

    # Intents

    def intents(self) -> dict[str, Examples]:
        """Every intent with its examples by language, by name. An unreadable file raises NotPossibleNow naming it."""
        return nlu_files.by_intent(self._blocks())

    def topics(self) -> dict[str, str]:
        """The file that holds each intent's first examples: what they are about."""
        found: dict[str, str] = {}
        for block in self._blocks():
            found.setdefault(block.intent, block.path.stem)
        return found

    def intent(self, name: str) -> Examples:
        """The examples of one intent. Raises NotFound."""
        found = self.intents().get(name)
        if found is None:
            raise NotFound(details={"intent": name})
        return found

    def answers(self, name: str) -> dict[str, Examples]:
        """What belongs to an intent beside its examples: `answer`, the texts of its response, and `title`, its name in
        a question back. Empty where there are none."""
        found = self.responses()
        return {
            key: found[response].texts if response in found else {"pl": [], "en": []}
            for key, response in (("answer", f"utter_{name}"), ("title", f"utter_guess_{name}"))
        }

    def actions(self) -> dict[str, str]:
        """intent -> the action that a rule calls for it."""
        return {intent: action for _, intent, action in self._rules()}

    def built_in(self) -> set[str]:
        """Intents that the product's own rules answer: they can be taught, not deleted."""
        return {intent for path, intent, _ in self._rules() if path.name != CUSTOM}

    def unanswered(self) -> list[str]:
        """Admins' intents that nobody has written a response for yet."""
        texts = self.responses()
        return sorted({i for path, i, _ in self._rules() if path.name == CUSTOM and f"utter_{i}" not in texts})

    def saving_intent(
        self,
        name: str,
        examples: Any,
        *,
        version: str | None = None,
        moves: Any = None,
        answer: Any = None,
        title: Any = None,
    ) -> Draft:
        """Make `examples` all the examples of `name` in the languages given; a name not known yet becomes an intent.

        `moves`, [{"text", "language", "to"}], become examples of other intents. `answer` and `title` are texts by
        language of an admin's intent. `version` is that of what the change began with. Raises InvalidValue with the
        reason in its details, NotPossibleNow when it has changed since that version.
        """
        given = check.clean_texts(examples)
        blocks = self._blocks()
        present = nlu_files.by_intent(blocks)
        new = name not in present
        check.check_intent_name(name, new=new)
        own = name not in self.built_in()
        if new and not own:
            raise check.refuse("bad_name", given=name)
        self._check_version(name, version, present.get(name, {}))
        wanted = nlu_files.moved(moves, present) | {name: present.get(name, {}) | given}
        after = present | wanted
        for intent, its in wanted.items():
            check.check_examples(intent, its, after | {intent: present.get(intent, {})}, self.entities())
        draft = Draft()
        for intent, its in wanted.items():  # this intent last: only from it a whole block may go
            self._place(draft, blocks, intent, its)
        if new:
            self._declare(draft, name)
        beside = self.answers(name)
        for key, response, texts in (("answer", f"utter_{name}", answer), ("title", f"utter_guess_{name}", title)):
            if texts is not None and texts != beside[key]:
                self._save_answer(draft, name, response, texts, own)
        return draft

    def adding_example(self, name: str, language: str, text: str) -> Draft:
        """Teach one more sentence; one that is there already changes nothing. Raises as `saving_intent`, and NotFound."""
        present = self.intent(name)
        if check.plain(text) in {check.plain(example) for texts in present.values() for example in texts}:
            return Draft()
        return self.saving_intent(name, {language: [*present.get(language, []), text]})

    def deleting_intent(self, name: str) -> Draft:
        """Remove an intent an admin added, with its rule and response.

        Raises NotFound, NotPossibleNow for a built-in one.
        """
        blocks = [block for block in self._blocks() if block.intent == name]
        rules = [path for path, intent, _ in self._rules() if intent == name]
        if not blocks and not rules:
            raise NotFound(details={"intent": name})
        if not rules or any(path.name != CUSTOM for path in rules):
            raise NotPossibleNow(details={"reason": "built_in", "intent": name})
        draft = Draft()
        nlu_files.remove(draft, blocks)
        own = self.root / "data" / "rules" / CUSTOM
        mine = [i for i, rule in enumerate(read_file(own).get("rules") or ()) if _steps(rule)[0].get("intent") == name]
        drop_entries(draft, own, "rules", mine)
        draft.edit(self.root / "domain.yml", lambda domain: _remove_item(domain.get("intents") or [], name))
        for response in (f"utter_{name}", f"utter_guess_{name}"):
            response_files.remove(draft, self._responses_folder / CUSTOM, response)
        return draft

    def entities(self) -> list[str]:
        return self._domain("entities")

    def domain_intents(self) -> list[str]:
        return self._domain("intents")

    # Responses

    def responses(self) -> dict[str, ResponseText]:
        """Every response by name."""
        return response_files.load(self._responses_folder)

    def response(self, name: str) -> ResponseText:
        """Raises NotFound."""
        found = self.responses().get(name)
        if found is None:
            raise NotFound(details={"response": name})
        return found

    def saving_response(self, name: str, variants: Any, *, version: str | None = None) -> Draft:
        """Make `variants` those of `name` in the languages given: texts, or {"text", "buttons"?}. Without `buttons` they
        stay with their variant. Raises as `saving_intent` does.
        """
        present = self.responses().get(name)
        if present is None:
            check.check_response_name(name)
        elif version is not None and version != present.version:
            raise NotPossibleNow(
                details={"reason": "changed_meanwhile", "response": name, "current": present.as_json()}
            )
        given = response_files.given_variants(variants, self.domain_intents())
        if not given.get("pl", present.variants.get("pl") if present else None):
            # Polish is what every other language falls back to.
            raise check.refuse("empty", response=name, lang="pl")
        known = check.known_placeholders(response_files.spoken(present.variants) if present else {})
        check.check_response(response_files.spoken(given), known)
        draft = Draft()
        response_files.save(draft, self._responses_folder, name, given)
        return draft

    # The files

    @property
    def _responses_folder(self) -> Path:
        return self.root / "data" / "responses"

    def _blocks(self) -> list[Block]:
        return nlu_files.blocks(self.root / "data" / "nlu")

    def _rules(self) -> Iterator[tuple[Path, str, str]]:
        """(file, intent, action) of each rule that begins with an intent."""
        for path in sorted((self.root / "data" / "rules").glob("*.yml")):
            for rule in read_file(path).get("rules") or ():
                steps = _steps(rule)
                if steps[0].get("intent"):
                    yield path, steps[0]["intent"], next((s["action"] for s in steps if "action" in s), "")

    def _domain(self, key: str) -> list[str]:
        entries = read_file(self.root / "domain.yml").get(key) or []
        return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]

    def _check_version(self, name: str, version: str | None, examples: Examples) -> None:
        current = {"examples": examples, **self.answers(name)}
        now = version_of(*current.values())
        if version is not None and version != now:
            current["version"] = now  # type: ignore[assignment]
            raise NotPossibleNow(details={"reason": "changed_meanwhile", "intent": name, "current": current})

    def _place(self, draft: Draft, blocks: list[Block], name: str, examples: Examples) -> None:
        for language, texts in examples.items():
            own = [block for block in blocks if block.intent == name and block.language == language]
            nlu_files.place(draft, self.root / "data" / "nlu", own, name, language, texts)

    def _save_answer(self, draft: Draft, name: str, response: str, texts: Any, own: bool) -> None:
        """The response of an admin's intent, in the same draft; given without any text it goes."""
        if not own:
            raise NotPossibleNow(details={"reason": "built_in_answer", "intent": name})
        given = {language: list(map(Variant, its)) for language, its in check.clean_texts(texts, lines=True).items()}
        if not any(given.values()):
            return response_files.remove(draft, self._responses_folder / CUSTOM, response)
        if not given.get("pl"):
            raise check.refuse("empty", response=response, lang="pl")
        check.check_response(response_files.spoken(given), ())
        response_files.save(draft, self._responses_folder, response, given)

    def _declare(self, draft: Draft, name: str) -> None:
        """A new intent: the domain has to know it, and a rule has to answer it."""
        if name not in self.domain_intents():
            draft.edit(self.root / "domain.yml", lambda domain: _append_item(domain.setdefault("intents", []), name))
        if name not in self.actions():
            rule = {"rule": f"Custom {name}", "steps": [{"intent": name}, {"action": ANSWER}]}
            draft.append(self.root / "data" / "rules" / CUSTOM, RULES_HEADER, dumped([rule]))


def version_of(*parts: Mapping[str, list[str]]) -> str:
    """Changes whenever the texts do."""
    said = [sorted((language, texts) for language, texts in part.items() if texts) for part in parts]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _steps(rule: Any) -> list[dict[str, Any]]:
    return rule.get("steps") or [{}]


def _append_item(items: Any, value: str) -> None:
    with keeping_tail(items):
        items.append(value)


def _remove_item(items: Any, value: str) -> None:
    if value in items:
        with keeping_tail(items):
            items.remove(value)
