"""Editing the Rasa project's files: only what changed shows in a diff, and what would break training never gets in."""

from __future__ import annotations

import difflib
import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.domain.errors import InvalidValue, NotFound, NotPossibleNow, StorageUnavailable
from bot.responses import Responses
from bot.services.project_files import ProjectFiles, version_of
from bot.services.yaml_files import Draft, Staged

ROOT = Path(__file__).parents[2]
RESPONSES = """\
version: "3.1"

responses:
  # The first words.
  utter_hello:
  - text: "Dzień dobry, {who}!"  # with the customer's name
    buttons:
    - title: utter_button_yes
      payload: /affirm
  - text: |
      Hello {who}!
      How are you?
    condition:
    - type: slot
      name: language
      value: en

  # The last ones.
  utter_bye:
  - text: Do widzenia
"""


class Files(ProjectFiles):
    """Writes each draft at once, as the history does."""

    def _write(self, draft: Draft) -> None:
        Staged(draft.changes()).replace()

    def save_intent(self, *values: Any, **options: Any) -> None:
        self._write(self.saving_intent(*values, **options))

    def save_response(self, *values: Any, **options: Any) -> None:
        self._write(self.saving_response(*values, **options))

    def add_example(self, *values: Any) -> None:
        self._write(self.adding_example(*values))

    def delete_intent(self, name: str) -> None:
        self._write(self.deleting_intent(name))

    def texts_of(self, name: str) -> dict[str, list[str]]:
        return self.response(name).texts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the project's files, with responses of this test's own."""
    for folder in ("nlu", "rules"):
        shutil.copytree(ROOT / "data" / folder, tmp_path / "data" / folder)
    shutil.copy(ROOT / "domain.yml", tmp_path)
    (tmp_path / "data" / "responses").mkdir()
    (tmp_path / "data" / "responses" / "talk.yml").write_text(RESPONSES, "utf-8")
    return tmp_path


@pytest.fixture
def files(root: Path) -> Files:
    return Files(root)


def snapshot(root: Path) -> dict[str, str]:
    found = {p.relative_to(root).as_posix(): p.read_text("utf-8") for p in root.rglob("*") if p.is_file()}
    return found


def changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The changed lines of all files, as a diff writes them."""
    lines = []
    for name in sorted(before | after):
        diff = difflib.unified_diff(
            before.get(name, "").splitlines(), after.get(name, "").splitlines(), lineterm="", n=0
        )
        lines += [line for line in diff if not line.startswith(("---", "+++", "@@"))]
    return lines


def reason(caught: pytest.ExceptionInfo[Any]) -> Any:
    return caught.value.details["reason"]


# Examples


def test_reads_every_intent_of_the_domain_but_the_gateways_own(files: Files, root: Path) -> None:
    domain = yaml.safe_load((root / "domain.yml").read_text("utf-8"))["intents"]
    assert set(files.intents()) == set(domain) - {"back_to_bot", "attachment"}
    assert "gdzie jest moje zamówienie" in files.intent("ask_order_status")["pl"]


def test_adding_an_example_changes_one_line(files: Files, root: Path) -> None:
    before = snapshot(root)
    files.add_example("ask_order_status", "pl", "ej no i gdzie ta moja paczuszka")
    assert changes(before, snapshot(root)) == ["+    - ej no i gdzie ta moja paczuszka"]


def test_an_example_changed_in_place_stays_in_its_place(files: Files, root: Path) -> None:
    examples = files.intent("goodbye")
    old = examples["en"][3]
    before = snapshot(root)
    files.save_intent("goodbye", {"en": [*examples["en"][:3], "ta-ra for now then", *examples["en"][4:]]})
    assert changes(before, snapshot(root)) == [f"-    - {old}", "+    - ta-ra for now then"]


def test_removing_an_example_changes_one_line_and_leaves_the_other_language_alone(files: Files, root: Path) -> None:
    examples = files.intent("thank")
    before = snapshot(root)
    files.save_intent("thank", {"pl": examples["pl"][1:]})
    assert changes(before, snapshot(root)) == [f"-    - {examples['pl'][0]}"]


def test_comments_order_and_odd_indentation_survive(files: Files, root: Path) -> None:
    file = root / "data" / "nlu" / "pl" / "custom.yml"
    file.write_text(
        '# by hand\nversion:   "3.1"\n\nnlu:\n'
        "    # warranties, see ticket 7\n    - intent:   ask_warranty  # why not\n      examples: |\n"
        "        - ile trwa gwarancja\n\n    # the last word\n",
        "utf-8",
    )
    before = snapshot(root)
    files.add_example("ask_warranty", "pl", "jak długa gwarancja na namiot")
    assert changes(before, snapshot(root))[-1].strip("+ ") == "- jak długa gwarancja na namiot"
    text = file.read_text("utf-8")
    assert [remark in text for remark in ("# by hand", "# warranties, see ticket 7", "# why not", "# the last word")]
    assert files.intent("ask_warranty")["pl"] == ["ile trwa gwarancja", "jak długa gwarancja na namiot"]


def test_every_file_of_the_project_can_be_edited_line_by_line(files: Files, root: Path) -> None:
    present = files.intents()
    ends = [
        entries[place]["intent"]
        for file in sorted((root / "data" / "nlu" / "pl").glob("*.yml"))
        for entries in [yaml.safe_load(file.read_text("utf-8"))["nlu"]]
        for place in (0, -1)
    ]
    for number, name in enumerate(ends):
        for language in ("pl", "en"):
            before = snapshot(root)
            files.add_example(name, language, f"zdanie numer {number} po {language}")
            assert changes(before, snapshot(root)) == [f"+    - zdanie numer {number} po {language}"], name
            assert files.intent(name)[language][:-1] == present[name][language]


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("GDZIE jest moje zamowienie", "ask_order_status"),
        ("[gdzie](size) jest moje zamówienie", "ask_order_status"),
    ],
)
def test_a_duplicate_is_refused_and_names_the_other_intent(
    files: Files, root: Path, example: str, expected: str
) -> None:
    before = snapshot(root)
    with pytest.raises(InvalidValue) as caught:
        files.add_example("greet", "pl", example)
    assert (reason(caught), caught.value.details["intent"]) == ("duplicate", expected)
    assert snapshot(root) == before


def test_a_duplicate_within_the_intent_is_refused_and_adding_what_is_there_is_no_error(files: Files) -> None:
    examples = files.intent("greet")
    with pytest.raises(InvalidValue) as caught:
        files.save_intent("greet", {"pl": [*examples["pl"], examples["pl"][0].upper()]})
    assert (reason(caught), caught.value.details["intent"]) == ("duplicate", "greet")
    files.add_example("greet", "en", examples["pl"][0].upper())
    assert files.intent("greet") == examples


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x" * 301, "too_long"),
        ("jedna linia\ndruga", "several_lines"),
        ("jedna\u2028druga", "several_lines"),
        ("z tabulatorem\tw środku", "bad_character"),
        ("dzwonek \x07", "bad_character"),
        ("mój numer to [123](nonsense)", "unknown_entity"),
        ('mój numer to [123]{"entity": "size"', None),
        ('mój numer to [123]{"entity": "size"}', "unknown_entity"),
    ],
)
def test_examples_that_would_break_the_files_are_refused(files: Files, text: str, expected: str | None) -> None:
    if expected is None:
        files.add_example("inform", "pl", text)
        assert text in files.intent("inform")["pl"]
        return
    with pytest.raises(InvalidValue) as caught:
        files.add_example("inform", "pl", text)
    assert reason(caught) == expected


@pytest.mark.parametrize(
    "text",
    [
        "# krzyżyk",
        "- myślnik",
        "dwukropek: i 'cudzysłowy' \"podwójne\"",
        "%procent & *gwiazdka",
        "{klamra",
        "👩‍👩‍👧 rodzina",
        "null",
    ],
)
def test_whatever_customers_write_comes_back_as_written(files: Files, text: str) -> None:
    files.add_example("inform", "pl", f"{text} zażółć")
    files.add_example("inform", "en", text)
    assert files.intent("inform")["pl"][-1] == f"{text} zażółć"
    assert files.intent("inform")["en"][-1] == text


@pytest.mark.parametrize("examples", [None, [], {}, {"pl": "x"}, {"pl": [1]}, {"de": ["x"]}, {"pl": [], "en": []}])
def test_what_is_no_set_of_examples_is_refused(files: Files, examples: Any) -> None:
    with pytest.raises(InvalidValue):
        files.save_intent("ask_warranty", examples)


def test_a_change_that_began_with_older_examples_is_refused(files: Files) -> None:
    seen = files.intent("greet")
    files.add_example("greet", "pl", "siemaneczko kochani")
    with pytest.raises(NotPossibleNow) as caught:
        files.save_intent("greet", {"pl": seen["pl"][1:]}, version=version_of(seen, {}, {}))
    assert reason(caught) == "changed_meanwhile"
    files.save_intent("greet", {"pl": seen["pl"][1:]}, version=version_of(files.intent("greet"), {}, {}))


# Whole intents


def test_a_new_intent_makes_a_round_trip(files: Files, root: Path) -> None:
    before = snapshot(root)
    files.save_intent("ask_warranty", {"pl": ["ile trwa gwarancja"], "en": ["how long is the warranty"]})
    assert files.intent("ask_warranty") == {"pl": ["ile trwa gwarancja"], "en": ["how long is the warranty"]}
    assert files.unanswered() == ["ask_warranty"]
    after = snapshot(root)
    assert changes({"domain.yml": before["domain.yml"]}, {"domain.yml": after["domain.yml"]}) == ["+- ask_warranty"]
    assert after["domain.yml"].index("- ask_warranty") < after["domain.yml"].index("entities:")
    rules = yaml.safe_load(after["data/rules/custom.yml"])["rules"]
    assert rules[0]["steps"] == [{"intent": "ask_warranty"}, {"action": "action_answer"}]
    files.save_response("utter_ask_warranty", {"pl": ["Dwa lata.", "Dwa."], "en": ["Two years."]})
    assert files.unanswered() == []
    files.delete_intent("ask_warranty")
    assert snapshot(root) == before


def test_deleting_one_of_two_leaves_the_other(files: Files) -> None:
    files.save_intent("ask_warranty", {"pl": ["ile trwa gwarancja"]})
    files.save_intent("ask_gift", {"pl": ["pakujecie na prezent"], "en": ["gift wrapping"]})
    files.delete_intent("ask_warranty")
    assert files.intent("ask_gift") == {"pl": ["pakujecie na prezent"], "en": ["gift wrapping"]}
    with pytest.raises(NotFound):
        files.delete_intent("ask_warranty")


def test_a_built_in_intent_is_not_deleted(files: Files, root: Path) -> None:
    before = snapshot(root)
    with pytest.raises(NotPossibleNow) as caught:
        files.delete_intent("ask_order_status")
    assert reason(caught) == "built_in"
    assert snapshot(root) == before


@pytest.mark.parametrize("name", ["", "x", "Ask", "ask-it", "1ask", "a" * 62, "zażółć", "../../etc", "restart", "a\n"])
def test_a_bad_name_is_refused(files: Files, name: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        files.save_intent(name, {"pl": ["zupełnie nowe zdanie"]})
    assert reason(caught) == "bad_name"


# Responses


def test_a_response_keeps_its_buttons_comments_and_neighbours(files: Files, root: Path) -> None:
    before = snapshot(root)
    files.save_response("utter_hello", {"pl": ["Witaj, {who}!"]})
    assert [" ".join(line.split()) for line in changes(before, snapshot(root))] == [
        '- - text: "Dzień dobry, {who}!" # with the customer\'s name',
        '+ - text: "Witaj, {who}!" # with the customer\'s name',
    ]
    rendered = Responses(root / "data" / "responses").render("utter_hello", "pl", who="Anna")
    assert (rendered.text, rendered.buttons) == ("Witaj, Anna!", (("utter_button_yes", "/affirm"),))


def test_variants_come_and_go(files: Files, root: Path) -> None:
    before = snapshot(root)
    files.save_response("utter_bye", {"pl": ["Do widzenia", "Do zobaczenia"], "en": ["Bye: now\nand then"]})
    assert files.texts_of("utter_bye") == {"pl": ["Do widzenia", "Do zobaczenia"], "en": ["Bye: now\nand then"]}
    assert Responses(root / "data" / "responses").text("utter_bye", "en") == "Bye: now\nand then"
    files.save_response("utter_bye", {"pl": ["Do widzenia"], "en": []})
    assert snapshot(root) == before


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"pl": []}, "empty"),
        ({"pl": ["  "]}, "empty"),
        ({"pl": ["Witaj {"]}, "bad_braces"),
        ({"pl": ["Witaj }"]}, "bad_braces"),
        ({"pl": ["Witaj {}"]}, "unknown_placeholder"),
        ({"pl": ["Witaj {0}"]}, "unknown_placeholder"),
        ({"pl": ["Witaj {hwo}"]}, "unknown_placeholder"),
        ({"pl": ["Witaj {who.__class__}"]}, "unknown_placeholder"),
        ({"en": ["x" * 2001]}, "too_long"),
        ({"en": ["\x00"]}, "bad_character"),
    ],
)
def test_responses_that_would_break_a_turn_are_refused(
    files: Files, root: Path, texts: dict[str, list[str]], expected: str
) -> None:
    before = snapshot(root)
    with pytest.raises(InvalidValue) as caught:
        files.save_response("utter_hello", texts)
    assert reason(caught) == expected
    assert snapshot(root) == before


def test_braces_meant_as_braces_are_fine(files: Files, root: Path) -> None:
    files.save_response("utter_bye", {"pl": ["Pa {{serdecznie}}"]})
    assert Responses(root / "data" / "responses").text("utter_bye", "pl") == "Pa {serdecznie}"


def test_a_new_response_needs_a_proper_name_and_polish(files: Files) -> None:
    for name, texts in (("hello", {"pl": ["x"]}), ("utter_new", {"en": ["x"]})):
        with pytest.raises(InvalidValue):
            files.save_response(name, texts)


def test_every_response_of_the_project_can_be_edited_alone(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "responses", tmp_path / "data" / "responses")
    files = Files(tmp_path)
    ends = []
    for file in sorted((tmp_path / "data" / "responses").glob("*.yml")):
        names = list(yaml.safe_load(file.read_text("utf-8"))["responses"])
        ends += names[-1:]
    for name in dict.fromkeys(ends):
        texts = files.texts_of(name)
        changed = f"{texts['pl'][-1]} I jeszcze jedno zdanie."
        before = snapshot(tmp_path)
        files.save_response(name, {"pl": [*texts["pl"][:-1], changed]})
        diff = changes(before, snapshot(tmp_path))
        assert sum(line.startswith("+") for line in diff) <= changed.count("\n") + 2, (name, diff)
        assert files.texts_of(name) == {"pl": [*texts["pl"][:-1], changed], "en": texts["en"]}
        files.save_response(name, {"pl": [*texts["pl"][:-1], changed, "Drugi wariant."]})
        files.save_response(name, {"pl": texts["pl"]})
        assert files.texts_of(name) == texts


# The disk


def test_a_full_disk_leaves_every_file_as_it_was(files: Files, root: Path, monkeypatch: Any) -> None:
    before = snapshot(root)
    synced = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable):
        files.save_intent("ask_warranty", {"pl": ["ile trwa gwarancja"], "en": ["how long is the warranty"]})
    assert len(synced) == 3
    assert snapshot(root) == before


def test_a_file_broken_by_hand_is_named(files: Files, root: Path) -> None:
    (root / "data" / "nlu" / "pl" / "orders.yml").write_text("nlu: [", "utf-8")
    with pytest.raises(NotPossibleNow) as caught:
        files.intents()
    assert caught.value.details == {"reason": "unreadable_file", "file": "pl/orders.yml", "line": 2}
