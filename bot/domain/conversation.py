"""Who owns a conversation, and what each event does to that: the state table of the handoff contract."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.errors import AlreadyClaimed, NotPossibleNow


class State(StrEnum):
    BOT = "bot"
    WAITING = "waiting"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Event(StrEnum):
    CUSTOMER_WRITES = "customer_writes"
    HANDOFF = "handoff"
    CLAIM = "claim"
    BACK_TO_BOT = "back_to_bot"
    AGENT_GONE = "agent_gone"
    TRANSFER = "transfer"
    RETURN = "return"
    RESOLVE = "resolve"
    SNOOZE = "snooze"
    WAKE = "wake"
    PAGE_INBOX = "page_inbox"


_B, _W, _A, _S, _R = State.BOT, State.WAITING, State.ASSIGNED, State.SNOOZED, State.RESOLVED

TRANSITIONS: dict[Event, dict[State, State]] = {
    Event.CUSTOMER_WRITES: {_B: _B, _W: _W, _A: _A, _S: _A, _R: _B},
    Event.HANDOFF: {_B: _W},
    Event.CLAIM: {_B: _A, _W: _A, _S: _A, _R: _A},
    Event.BACK_TO_BOT: {_W: _B},
    Event.AGENT_GONE: {_A: _W},
    Event.TRANSFER: {_A: _A},
    Event.RETURN: {_A: _B, _S: _B},
    Event.RESOLVE: {_A: _R, _S: _R},
    Event.SNOOZE: {_A: _S},
    Event.WAKE: {_S: _A},
    Event.PAGE_INBOX: {_B: _A, _W: _A, _A: _A, _S: _A, _R: _A},
}


def after(event: Event, state: State) -> State:
    """The state that follows. Raises AlreadyClaimed for a claim of a claimed conversation, NotPossibleNow otherwise."""
    following = TRANSITIONS[event].get(state)
    if following is not None:
        return following
    if event is Event.CLAIM:
        raise AlreadyClaimed()
    raise NotPossibleNow(details={"state": state.value, "event": event.value})


def public_owner(state: State) -> str:
    """The `owner` that the customer's API shows: bot, waiting or agent."""
    return {_B: "bot", _R: "bot", _W: "waiting"}.get(state, "agent")


class Reason(StrEnum):
    """Why a conversation was handed to a human."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    FRUSTRATED = "frustrated"
    NO_ANSWER = "no_answer"
    POLICY = "policy"
    VERIFICATION_FAILED = "verification_failed"
    TOOL_ERROR = "tool_error"
    COMPLAINT = "complaint"
    PROMISE = "promise"
