"""What the bot does when a customer speaks about the talk itself: "what?", "I told you already", a thumb, "in English"."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from bot.domain.answers import NO_ANSWER, interpret
from bot.domain.conversation import Reason
from bot.domain.dialogue import Question
from bot.domain.payloads import payload
from bot.domain.reactions import Reaction, goes_back, language_wish, reaction
from bot.domain.text import words
from bot.services.speaking import Ask, Speaker
from bot.storage.tables import Message

HUMAN = ("utter_button_human", payload("request_human"))
FEW = 4
"""Words of a message that, where any sentence is an answer, may be about the question instead."""
LOOKED_BACK = 20
"""Messages of the customer that are searched for what they say they have told."""
_ONLY_BACK = frozenset(
    words(
        "wroc wrocmy wracam wracamy wracajac powrot do tego tamtego poprzedniego poprzedniej sprawy a prosze "
        "go back let's lets return to that the previous one please"
    )
)
"""Words that name nothing to go back to."""
STEM = 4
"""Letters that a word must share with the name of a flow: "zwrotu" is about "zwrot"."""


async def react(d: Speaker) -> bool:
    """True if the message was about the talk: what is open then only has to be asked again, or was answered."""
    if d.parse.pressed or d.parse.requests:
        return False
    if (language := language_wish(d.parse.text)) is not None:
        d.turn.language = language
        d.say("utter_language", buttons=() if d.state.stack else [HUMAN])
        return True
    if _goes_back(d):
        return True
    said, question = reaction(d.parse.text), d.state.question if d.state.stack else None
    match said:
        case Reaction.YES | Reaction.NO:
            d.parse = replace(d.parse, intent="affirm" if said is Reaction.YES else "deny", text="")
            return False
        case Reaction.GLAD | Reaction.SAD | Reaction.SIGN:
            d.say(f"utter_sign_{said.value}", buttons=[HUMAN] if said is Reaction.SAD and question is None else ())
            d.aside = question is not None
            return True
        case Reaction.WHAT if question is None and len(words(d.parse.text)) <= 1:
            d.say("utter_here", buttons=[HUMAN])
            raise Ask
    if said is None or question is None or d.told_now or (question.kind == "text" and len(words(d.parse.text)) > FEW):
        return False
    return await _about(d, question, said)


async def _about(d: Speaker, question: Question, said: Reaction) -> bool:
    if said is Reaction.OVER:
        d.frame.answers.clear()
        d.frame.text = ""
        d.state.asked = {}
        d.say("utter_from_the_start", flow=d.flow_name())
    elif said is Reaction.ANY and (question.default is not None or question.skippable):
        d.frame.answers[question.key] = question.default
    elif said is Reaction.UNKNOWN and question.skippable:
        d.frame.answers[question.key] = None
    elif said is Reaction.TOLD:
        await _look_back(d, question)
    elif question.kind == "text" and said is not Reaction.WHAT and not d.has(_explanation(question)):
        return False  # "I don't know" is as good an answer as any where any sentence is one
    else:
        await explain(d, question, "utter_plain_hint")
    return True


async def explain(d: Speaker, question: Question, response: str) -> None:
    """Say in other words, as `{hint}` of the response, what is asked; a human helps when that did not."""
    if d.asked_often:
        await d.handoff(Reason.NOT_UNDERSTOOD)
    own = _explanation(question)
    d.say(response, hint=d.text(own if d.has(own) else f"utter_hint_{question.kind}"))


def _explanation(question: Question) -> str:
    return f"utter_explain_{question.entity}"


async def _look_back(d: Speaker, question: Question) -> None:
    """The customer has said it before: what they wrote is read again. What is not there is not asked for twice."""
    if question.kind == "choice":
        mine = [message.id for message in d.turn.messages]
        written = select(Message.text).where(
            Message.conversation_id == d.turn.conversation.id, Message.sender == "customer", Message.id.not_in(mine)
        )
        for text in await d.session.scalars(written.order_by(Message.id.desc()).limit(LOOKED_BACK)):
            value = interpret(question, replace(d.parse, text=text, intent="inform", entities=()))
            if value is not NO_ANSWER:
                d.say("utter_sorry_told")
                d.frame.answers[question.key] = value
                return
    await d.handoff(Reason.NOT_UNDERSTOOD, "utter_handoff_told")


def _goes_back(d: Speaker) -> bool:
    """True if the customer goes back to a flow they left: by its name, or to the one before."""
    stack = d.state.stack
    if len(stack) < 2 or not goes_back(d.parse.text):
        return False
    said = words(d.parse.text)
    stems = {word[:STEM] for word in said if len(word) >= STEM}

    def named(flow: str) -> bool:
        return any(word[:STEM] in stems for word in words(d.text(f"utter_flow_{flow}")) if len(word) >= STEM)

    before = stack[-2] if _ONLY_BACK.issuperset(said) else None
    wanted = next((frame for frame in reversed(stack) if named(frame.flow)), before)
    if wanted is None:
        return False
    stack.remove(wanted)
    stack.append(wanted)
    d.say("utter_back_to_flow", flow=d.flow_name())
    return True
