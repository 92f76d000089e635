"""The shop and its people: rules, contact, accounts, a call back, an opinion, a human, and a little talk."""

from __future__ import annotations

from bot.domain.conversation import Reason
from bot.storage.tables import Feedback, Promise
from tests.simulator.case import Answer, Case, Heard, Making, goal, never, only


def _told(goal_name: str, intent: str, opening: str, *evidence: str) -> Case:
    async def reached(heard: Heard) -> bool:
        return heard.says(*evidence)

    return Case(goal_name, intent, opening, reached)


@goal("ways of delivery", may_need_human=0.1)
def delivery_options(m: Making) -> Case | None:
    return _told(
        "ways of delivery", "ask_delivery_options", "delivery_options", "inpost|paczkomat|locker|dpd|kurier|courier"
    )


@goal("rules of returns", may_need_human=0.1)
def return_policy(m: Making) -> Case | None:
    return _told("rules of returns", "ask_return_policy", "return_policy", "14|30|dni|days|kosz|cost")


@goal("account", may_need_human=0.15)
def account(m: Making) -> Case | None:
    return _told("account", "account_help", "account", "hasł|password|konto|konta|account|logow|log in")


@goal("contact", may_need_human=0.1)
def contact(m: Making) -> Case | None:
    return _told("contact", "ask_contact", "contact", "12 555 01 40|pomoc@szlak.example|tatrzańska")


@goal("personal data", may_need_human=0.15)
def privacy(m: Making) -> Case | None:
    case = Case("personal data", "privacy_request", "privacy", never, human=only(Reason.POLICY))
    case.facts = {"email": f"osoba{m.random.randrange(10**6)}@example.pl"}
    case.answers = {"privacy_wish": Answer("erase", "say.privacy_wish.erase")}
    return case


@goal("call back", may_need_human=0.15)
def callback(m: Making) -> Case | None:
    phone = f"6{m.random.randrange(10**8):08}"
    facts = {"phone": " ".join((phone[:3], phone[3:6], phone[6:]))}

    async def reached(heard: Heard) -> bool:
        rows = await heard.world.rows(Promise, Promise.conversation_id == heard.talk.id)
        return any(row.kind == "callback" for row in rows)

    case = Case("call back", "request_callback", "callback", reached, facts, human=only(Reason.ASKED))
    case.answers = {
        "callback_phone": Answer(words=[facts["phone"]]),
        "callback_when": Answer("soon", "say.callback_when"),
    }
    return case


@goal("feedback", may_need_human=0.15)
def feedback(m: Making) -> Case | None:
    async def reached(heard: Heard) -> bool:
        return bool(await heard.world.rows(Feedback, Feedback.conversation_id == heard.talk.id))

    case = Case("feedback", "give_feedback", "feedback", reached)
    case.answers = {"feedback_text": Answer(act="feedback"), "rating": Answer(words=["5"])}
    return case


@goal("a human", may_need_human=0.0)
def human(m: Making) -> Case | None:
    return Case("a human", "request_human", "human", never, human=frozenset({Reason.ASKED, Reason.NOT_UNDERSTOOD}))


@goal("anger", may_need_human=0.2)
def frustration(m: Making) -> Case | None:
    return Case("anger", "express_frustration", "frustration", never, human=only(Reason.FRUSTRATED))


@goal("small talk", may_need_human=0.15)
def smalltalk(m: Making) -> Case | None:
    act, intent, evidence = m.pick(
        ("smalltalk.capabilities", "ask_capabilities", "zamówie|order"),
        ("smalltalk.bot", "bot_challenge", "automat|bot|asyst|assistant|człowiek|human"),
        ("hello", "greet", "dzień dobry|witam|hello|good|hi"),
        ("thanks", "thank", "proszę|przyjemnoś|polec|welcome|pleasure|happy"),
    )
    return _told("small talk", intent, act, evidence)
