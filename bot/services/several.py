"""Several requests in one message: what can be answered at once is answered first, then one question is asked.

Flows say and write nothing before their last question, so each is tried: one that asks takes back what it said and waits
on the stack for its turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.domain.dialogue import Frame, Parse
from bot.domain.payloads import payload
from bot.services.open_turn import Saying
from bot.services.speaking import Ask, Speaker, Stop
from bot.shop.knowledge import search_articles

ANSWERED = 0.6
"""An article of this score answers a question whose intent nobody is sure of."""
GUESSES = 2
LEAST = 0.2
"""A guess below this confidence is none."""


@dataclass
class Waiting:
    """A request of this message whose flow has not run yet."""

    frame: Frame
    parse: Parse


@dataclass
class Tried:
    """What became of the requests."""

    asking: list[Frame] = field(default_factory=list)
    """Flows with a question, in the order of the message."""
    handed: list[Saying] = field(default_factory=list)
    """What a flow said that called a human: said after everything else."""


async def answer_at_once(d: Speaker, waiting: list[Waiting], run: Callable[[], Awaitable[None]]) -> Tried:
    """Try every request with `run`, which runs the flow on top of the stack. Leaves the stack without the new frames."""
    tried, spoken = Tried(), d.parse
    for request in waiting:
        d.parse = request.parse
        d.state.stack.append(request.frame)
        before, asked, last = len(d.said), len(d.turn.questions), d.state.asked
        d.state.question = None
        depth = len(d.state.stack)
        try:
            await run()
            d.finish()
        except Ask:
            if d.state.question is not None:
                del d.said[before:], d.turn.questions[asked:]
                d.state.asked = last
                tried.asking.append(d.state.stack.pop())
            else:  # it left the turn without a question: nothing more of it is to come
                del d.state.stack[depth - 1 :]
        except Stop:
            tried.handed += d.said[before:]
            del d.said[before:]
            if len(d.state.stack) == depth:
                tried.asking.append(d.state.stack.pop())
    d.parse, d.state.question = spoken, None
    return tried


async def say_of_unsure(d: Speaker) -> None:
    """The question beside what was understood: an article answers it, or the customer is asked what was meant."""
    other = d.parse.unsure
    if other is None or d.parse.pressed:
        return
    hits = await search_articles(d.session, other.text, d.language, 1)
    if hits and hits[0].score >= ANSWERED:
        d.turn.looked_up("articles", hits[0].article.title)
        return d.say("utter_plain", text=hits[0].article.summary)
    names = [name for name, sure in other.ranking if sure >= LEAST and d.has(f"utter_guess_{name}")][:GUESSES]
    if names:
        buttons = [(f"utter_guess_{name}", payload(name)) for name in names]
        d.say("utter_also_asked", text=other.text, buttons=buttons)
