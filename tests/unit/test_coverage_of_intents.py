"""Everything a customer may mean has a flow, examples, unseen examples and texts, in both languages."""

import ast
import csv
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest
import yaml

from actions import ACTIONS
from actions.base import FlowAction
from bot.bench.nlu_scores import training_rows
from bot.domain.facts import TOLD
from bot.responses import Responses
from bot.services.dialogue import FLOWS
from bot.services.flow_registry import ABOUT, COURTESIES, FLEETING
from tests.fakes import ROOT, rules

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
UNSPOKEN = {"back_to_bot", "attachment"}
"""Intents that come from a button or a file, never from words."""
SPOKEN = [intent for intent in DOMAIN["intents"] if intent not in UNSPOKEN]
LANGUAGES = ("pl", "en")
FEWEST_EXAMPLES, FEWEST_UNSEEN = 20, 12


@cache
def responses() -> Responses:
    return Responses(ROOT / "data" / "responses")


@cache
def examples() -> Counter[tuple[str, str]]:
    return Counter((intent, language) for intent, language, _ in training_rows())


@cache
def unseen() -> Counter[tuple[str, str]]:
    with (ROOT / "data" / "held_out" / "nlu.tsv").open(encoding="utf-8") as file:
        return Counter((row["intent"], row["language"]) for row in csv.DictReader(file, delimiter="\t"))


def flow_of(action: Any) -> str | None:
    return str(action.flow) if isinstance(action, FlowAction) else None


@pytest.mark.parametrize("intent", SPOKEN)
def test_an_intent_has_all_it_needs(intent: str) -> None:
    assert intent in rules(), "no rule"
    action = next((action for action in ACTIONS if action.name() == rules()[intent]), None)
    assert action is not None, f"no action {rules()[intent]}"
    assert flow_of(action) is None or flow_of(action) in FLOWS
    for language in LANGUAGES:
        assert examples()[intent, language] >= FEWEST_EXAMPLES, (language, examples()[intent, language])
        assert unseen()[intent, language] >= FEWEST_UNSEEN, (language, unseen()[intent, language])


def test_no_unseen_example_was_learnt() -> None:
    learnt = {text.casefold().strip() for _, _, text in training_rows()}
    with (ROOT / "data" / "held_out" / "nlu.tsv").open(encoding="utf-8") as file:
        known = [
            row["text"] for row in csv.DictReader(file, delimiter="\t") if row["text"].casefold().strip() in learnt
        ]
    # Single words ("tak", "hello") are all there is to say of some intents.
    assert [text for text in known if len(text.split()) > 2] == []


@cache
def flow_names_in_code() -> set[str]:
    """Words in the code that may start a flow: `switch("…")`, `start("…")`, a listener's answer."""
    found: set[str] = set()
    for file in sorted((ROOT / "bot" / "services").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
        registering = {
            id(each) for node in nodes if isinstance(node, ast.Call) and _is_flow(node) for each in node.args
        }
        found |= {
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in registering
        }
    return found


def _is_flow(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "flow"


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_a_flow_is_reached_and_has_a_name(name: str) -> None:
    by_action = {flow_of(action) for action in ACTIONS}
    assert name in by_action | set(ABOUT.values()) | flow_names_in_code(), "nothing starts it"
    assert responses().languages(f"utter_flow_{name}") == set(LANGUAGES)


def test_lists_of_flows_name_flows() -> None:
    assert set(ABOUT.values()) | FLEETING | COURTESIES <= set(FLOWS)


def test_every_text_is_in_both_languages() -> None:
    for name in sorted(responses().names()):
        assert responses().languages(name) == set(LANGUAGES), name
    wrong = []
    for file in sorted((ROOT / "data" / "responses").glob("*.yml")):
        for name, variants in yaml.safe_load(file.read_text("utf-8"))["responses"].items():
            polish = [v["text"] for v in variants if not v.get("condition")]
            if not polish:
                wrong.append(name)
    assert wrong == []


POLITE = re.compile(
    r"\b(Ci|Cię|Ciebie|Tobie|Twój|Twoja|Twoje|Twoich|możesz|chcesz|musisz|podaj|napisz|wybierz|kliknij|sprawdź|"
    r"zrobiłeś|zrobiłaś|podałeś|podałaś|napisałeś|napisałaś|chciałbyś|chciałabyś|zamówiłeś|zamówiłaś)\b",
    re.IGNORECASE,
)


def test_polish_is_polite_and_neutral() -> None:
    impolite = []
    for file in sorted((ROOT / "data" / "responses").glob("*.yml")):
        if file.name in ("desk.yml", "errors.yml"):
            continue  # for colleagues
        for name, variants in yaml.safe_load(file.read_text("utf-8"))["responses"].items():
            for variant in variants:
                if not variant.get("condition") and POLITE.search(variant["text"]):
                    impolite.append((name, POLITE.search(variant["text"])[0]))  # type: ignore[index]
    assert impolite == []


def test_what_may_be_told_is_asked_for_as_a_fact() -> None:
    """`ask` returns a fact that is known instead of asking: so every question for one has to say that it is one."""
    asked, wrong = 0, []
    for file in sorted((ROOT / "bot" / "services").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "ask"):
                continue
            key = node.args[0] if node.args else None
            if isinstance(key, ast.Constant) and key.value in TOLD:
                kind = next((k.value for k in node.keywords if k.arg == "kind"), None)
                asked += 1
                if not (isinstance(kind, ast.Constant) and kind.value == "fact"):
                    wrong.append((file.name, node.lineno, key.value))
    assert asked >= 4 and wrong == []
