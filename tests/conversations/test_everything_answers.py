"""Nothing is met with silence: every intent, in both languages, in any state; and every text there is to say."""

import re
import string
from functools import cache
from typing import Any

import pytest
import yaml

import bot.commands  # noqa: F401 - so that every error class is known
from actions import ACTIONS
from bot.domain.conversation import Reason
from bot.domain.delivery_wish import WHAT as DELIVERY_PARTS
from bot.domain.errors import TellOnceError
from bot.responses import Responses
from bot.services.dialogue import FLOWS
from bot.services.flows.account import DATA_WISHES
from bot.services.flows.complaining import SINCE
from bot.services.flows.delivery_problems import PROBLEMS
from bot.services.flows.goods import REFUSALS
from bot.services.flows.modifying import WISHES as MODIFY_WISHES
from bot.services.flows.refund_ways import MEANS
from bot.services.flows.refund_ways import WORDS as REFUND_WORDS
from bot.services.flows.returns import REASONS
from bot.services.flows.undo import UNDOABLE
from bot.shop.complaints import KINDS, REMEDIES
from bot.shop.layout import ORDER_STATUSES
from tests.conversations.harness import Shop
from tests.fakes import ROOT
from tests.understanding import examples

JAN = "jan.nowicki@example.pl"
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
UNSPOKEN = ["back_to_bot", "attachment"]
"""Intents that come from a button or a file, never from words."""
INTENTS = [intent for intent in DOMAIN["intents"] if intent not in UNSPOKEN]
SILENT = {"greet", "goodbye", "thank", "affirm", "deny", "inform", "out_of_scope", "stop_flow", "express_frustration"}
"""Intents nobody has to be asked about."""


@cache
def responses() -> Responses:
    return Responses(ROOT / "data" / "responses")


@cache
def spoken(intent: str, language: str) -> list[str]:
    plain = re.compile(r"\[([^\]]+)\]\([^)]+\)")
    return [plain.sub(r"\1", text) for name, spoken_in, text in examples() if (name, spoken_in) == (intent, language)]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["pl", "en"])
async def test_every_intent_is_answered(shop: Shop, language: str) -> None:
    for intent in [*INTENTS, *UNSPOKEN, "nlu_fallback"]:
        for text in (spoken(intent, language) or ["abc"])[:3]:
            talk = await shop.talk(language)
            reply = await talk.says(text, intent, language=language)
            record = (await talk.records())[-1]
            assert record.error is None, (intent, text, record.error)
            assert reply.text.strip(), (intent, text)


@pytest.mark.parametrize("customer", ["K1001", "K1002", "K1003"])
async def test_every_intent_is_answered_to_an_identified_customer(shop: Shop, customer: str) -> None:
    for intent in INTENTS:
        talk = await shop.talk(customer_id=customer)
        own = [text for text in spoken(intent, "pl") if not re.search(r"[\d@]", text)]  # names nobody else's order
        reply = await talk.says((own or ["abc"])[-1], intent, language="pl")
        assert reply.text.strip() and (await talk.records())[-1].error is None, (intent, reply.text)
        assert "email" not in await talk.asked()


@pytest.mark.slow
@pytest.mark.parametrize("answers", [[], ["wszystko"], ["wszystko", "nic takiego", "przelew"]])
async def test_every_intent_is_answered_mid_form(shop: Shop, answers: list[str]) -> None:
    """At a choice, at a free text, and where an account is asked for."""
    for intent in INTENTS:
        talk = await shop.talk()
        await talk.says(f"zwrot 100554, {JAN}", "start_return")
        for answer in answers:
            await talk.says(answer, "inform")
        reply = await talk.says((spoken(intent, "pl") or ["abc"])[0], intent, language="pl")
        record = (await talk.records())[-1]
        assert reply.text.strip() and record.error is None, (intent, record.error)
        assert await talk.asked_twice() == 0


@pytest.mark.parametrize("intent", [i for i in INTENTS if i not in SILENT])
async def test_what_is_known_is_not_asked(shop: Shop, intent: str) -> None:
    talk = await shop.talk()
    await talk.says(f"jestem {JAN}, telefon 602 555 102, chodzi o 100554, NIP 1234563218", "inform")
    await talk.says(next(text for text in spoken(intent, "pl") if not re.search(r"[\d@]", text)), intent)
    assert not {"email", "phone", "order_number", "nip"} & set(await talk.asked())
    assert await talk.asked_twice() == 0


# The texts


def names_in_code() -> set[str]:
    found: set[str] = set()
    for folder in ("bot", "actions", "integrations"):
        for file in (ROOT / folder).rglob("*.py"):
            found |= set(re.findall(r'["\'](utter_[a-z_]+[a-z])["\']', file.read_text("utf-8")))
    return found


def families() -> set[str]:
    """Names made up at run time."""

    def codes(error: type[TellOnceError]) -> set[str]:
        return {error.code}.union(*(codes(child) for child in error.__subclasses__()))

    with_day = [
        f"refund_status_{s}{end}" for s in ("opened", "sent", "received", "refunded") for end in ("", "_no_day")
    ]
    payments = ("paid", "overpaid", "refunded", "pending", "failed", "on_delivery", "unpaid")
    names = [
        *(f"handoff_{reason}" for reason in Reason),
        *(f"flow_{name}" for name in FLOWS),
        *(f"guess_{intent}" for intent in INTENTS if intent not in SILENT),
        *(f"error_{code}" for code in codes(TellOnceError)),
        *(f"status_{code}" for code in [*ORDER_STATUSES, "partly_delivered"]),
        *(f"payment_{state}" for state in payments),
        *(f"return_refused_{reason}" for reason in (*REFUSALS, "other")),
        *(f"problem_{kind}" for kind in PROBLEMS),
        *(f"remedy_{remedy}" for remedy in REMEDIES),
        *(f"refund_{way}" for way in REFUND_WORDS),
        *(f"reason_{reason}" for reason in REASONS),
        *(f"change_{part}" for part in ("lines", "refund", "nothing")),
        *(f"{what}_passed_on" for what in ("modify", "delivery", "add", "nip")),
        *(f"complaint_{status}" for status in ("open", "accepted", "rejected", "closed", "withdrawn")),
        *(f"complaint_next_{kind}" for kind in KINDS),
        *(f"ask_line_{kind}" for kind in ("damaged_parcel", "wrong_item", "missing_item")),
        *(f"since_{code}" for code in SINCE),
        *(f"why_{reason}" for reason in REFUSALS),
        *(f"refund_means_{paid}" for paid in MEANS),
        *(f"exchange_status_{status}" for status in ("opened", "received", "sent", "closed", "cancelled")),
        *(f"exchange_{end}" for end in ("pay", "back")),
        *(f"part_difference_{sign}" for sign in ("more", "less", "none")),
        "resend_replacement",
        *(f"part_{part}" for part in ("phone", "email", "address", "opening_hours", "url")),
        *(f"invoice_{status}" for status in ("unpaid", "cancelled")),
        *with_day,
        "refund_status_cancelled",
        *(f"undo_{kind}" for kind in UNDOABLE),
        *(f"delivery_part_{part}" for part in DELIVERY_PARTS),
        *(f"modify_{what}" for what in MODIFY_WISHES if what != "add"),
        *(f"data_{wish}" for wish in DATA_WISHES),
        *(f"when_{code}" for code in ("soon", "morning", "afternoon", "tomorrow")),
    ]
    return {f"utter_{name}" for name in names}


def test_every_text_exists_in_both_languages() -> None:
    missing = [n for n in sorted(names_in_code() | families()) if responses().languages(n) != {"pl", "en"}]
    assert missing == []


def test_both_languages_use_the_same_values() -> None:
    formatter = string.Formatter()

    def values(entry: dict[str, Any]) -> set[str]:
        texts = [entry["text"], *(button["title"] for button in entry.get("buttons") or [])]
        return {field for text in texts for _, field, _, _ in formatter.parse(text) if field}

    wrong = []
    for file in sorted((ROOT / "data" / "responses").glob("*.yml")):
        for name, entries in yaml.safe_load(file.read_text("utf-8"))["responses"].items():
            if len({frozenset(values(entry)) for entry in entries}) > 1:
                wrong.append(name)
    assert wrong == []


def test_rules_intents_and_actions_agree() -> None:
    rules = {}
    for file in sorted((ROOT / "data" / "rules").glob("*.yml")):
        for rule in yaml.safe_load(file.read_text("utf-8"))["rules"]:
            rules[rule["steps"][0]["intent"]] = rule["steps"][1]["action"]
    assert set(rules) == {*DOMAIN["intents"], "nlu_fallback"}
    actions = {action.name() for action in ACTIONS}
    assert actions == set(DOMAIN["actions"]) and set(rules.values()) <= actions
