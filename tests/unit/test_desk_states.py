"""The state table of the handoff contract, row by row, and what each event says to the customer."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.conversation import State
from bot.domain.dialogue import DialogueState, Frame
from bot.domain.errors import (
    AlreadyClaimed,
    InvalidText,
    InvalidValue,
    NotFound,
    NotOwner,
    NotPossibleNow,
    TellOnceError,
    TextTooLong,
)
from bot.storage.tables import Button, Fact, Promise, User
from tests.desk_world import World

pytestmark = pytest.mark.asyncio
BOT, WAITING, ASSIGNED, SNOOZED, RESOLVED = State


def at_work(state: State, agent: User) -> User | None:
    return agent if state in (ASSIGNED, SNOOZED) else None


async def claim(world: World, user: User, number: str) -> None:
    await world.desk.claim(user, number)


async def transfer(world: World, user: User, number: str) -> None:
    await world.desk.transfer(user, number, "ewa@shop.pl")


async def return_done(world: World, user: User, number: str) -> None:
    await world.desk.return_(user, number, "done")


async def return_continue(world: World, user: User, number: str) -> None:
    await world.desk.return_(user, number, "continue")


async def resolve(world: World, user: User, number: str) -> None:
    await world.desk.resolve(user, number, "solved")


async def snooze(world: World, user: User, number: str) -> None:
    await world.desk.snooze(user, number, world.clock.now() + dt.timedelta(hours=2))


Event = Callable[[World, User, str], Awaitable[None]]
REFUSED = {ASSIGNED: AlreadyClaimed}
TABLE: list[tuple[Event, dict[State, State]]] = [
    (claim, {BOT: ASSIGNED, WAITING: ASSIGNED, SNOOZED: ASSIGNED, RESOLVED: ASSIGNED}),
    (transfer, {ASSIGNED: ASSIGNED}),
    (return_done, {ASSIGNED: BOT, SNOOZED: BOT}),
    (return_continue, {ASSIGNED: BOT, SNOOZED: BOT}),
    (resolve, {ASSIGNED: RESOLVED, SNOOZED: RESOLVED}),
    (snooze, {ASSIGNED: SNOOZED}),
]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize(("event", "following"), TABLE, ids=[event.__name__ for event, _ in TABLE])
async def test_state_table(world: World, event: Event, following: dict[State, State], state: State) -> None:
    ola, _ = await world.user("Ola"), await world.user("Ewa")
    number = await world.conversation(state, at_work(state, ola))
    before = await world.get(number)
    if state in following:
        await event(world, ola, number)
        after = await world.get(number)
        assert (after.state, after.version) == (following[state], before.version + 1)
        assert (await world.events(number, "state"))[-1].actor == f"user:{ola.id}"
        return
    with pytest.raises(AlreadyClaimed if event is claim else NotPossibleNow):
        await event(world, ola, number)
    after = await world.get(number)
    assert (after.state, after.version) == (before.state, before.version)
    assert len(await world.said(number)) == 2


@pytest.mark.parametrize("event", [event for event, _ in TABLE], ids=[event.__name__ for event, _ in TABLE])
async def test_no_conversation(world: World, event: Event) -> None:
    with pytest.raises(NotFound):
        await event(world, await world.user("Ewa"), "nowhere")


@pytest.mark.parametrize("state", [BOT, WAITING, RESOLVED])
async def test_a_claim_tells_the_customer_and_ends_what_the_bot_asked(world: World, state: State) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(state, failures=1, outcome={"outcome": "solved"})
    await world.desk.claim(ola, number)
    conversation = await world.get(number)
    assert conversation.assignee_id == ola.id and conversation.waiting_since is None
    assert (conversation.failures, conversation.outcome) == (0, {})
    assert conversation.handoff["reason"] == ("asked" if state is WAITING else "takeover")
    last = (await world.said(number))[-1]
    assert last.sender == "system" and "Ola" in last.text
    assert all(button.expired for button in await world.all(Button, number))


async def test_of_twenty_claims_at_once_one_wins_and_the_others_hear_who(world: World) -> None:
    users = [await world.user(f"Agent{number}") for number in range(20)]
    number = await world.conversation(WAITING)
    claims = [world.desk.claim(user, number) for user in users]
    results = await asyncio.gather(*claims, return_exceptions=True)
    winners = [user for user, result in zip(users, results, strict=True) if result is None]
    assert len(winners) == 1
    assert (await world.get(number)).assignee_id == winners[0].id
    others = [result for result in results if result is not None]
    assert all(isinstance(r, AlreadyClaimed) and r.details == {"by": winners[0].name} for r in others)
    assert len([m for m in await world.said(number) if m.sender == "system"]) == 1


async def test_the_owner_wakes_their_own_snooze_without_introducing_themselves(world: World) -> None:
    ola, ewa = await world.user("Ola"), await world.user("Ewa")
    number = await world.conversation(SNOOZED, ola)
    await world.desk.claim(ola, number)
    assert len(await world.said(number)) == 2
    await world.desk.snooze(ola, number, world.clock.now() + dt.timedelta(hours=1))
    await world.desk.claim(ewa, number)
    assert "Ewa" in (await world.said(number))[-1].text and (await world.get(number)).snoozed_until is None


# Saying


async def test_a_reply_reaches_the_customer_and_keeps_the_promise(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(WAITING)
    await world.desk.claim(ola, number)
    world.clock.move(minutes=3)
    message_id, new = await world.desk.reply(ola, number, "  Good morning!  ", "c1")
    message = (await world.said(number))[-1]
    assert new and message.id == message_id
    assert (message.sender, message.author, message.text, message.kind) == ("agent", "Ola", "Good morning!", "message")
    assert [promise.kept_at for promise in await world.all(Promise, number)] == [world.clock.now()]
    assert (await world.get(number)).last_agent_at == world.clock.now()


async def test_the_same_client_id_is_one_message_however_often_it_is_sent(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(ASSIGNED, ola)
    results = await asyncio.gather(*(world.desk.reply(ola, number, "Hello", "c1") for _ in range(10)))
    assert len({message_id for message_id, _ in results}) == 1
    assert sum(new for _, new in results) == 1
    await world.desk.return_(ola, number, "done")
    assert (await world.desk.reply(ola, number, "Hello", "c1"))[1] is False
    assert len([m for m in await world.said(number) if m.sender == "agent"]) == 1


@pytest.mark.parametrize("state", list(State))
async def test_only_the_owner_replies_and_anyone_notes(world: World, state: State) -> None:
    ola, ewa = await world.user("Ola"), await world.user("Ewa", "admin")
    number = await world.conversation(state, at_work(state, ola))
    with pytest.raises(NotOwner):
        await world.desk.reply(ewa, number, "Hello", "c1")
    await world.desk.reply(ewa, number, "He called last week", "c2", "note")
    last = (await world.said(number))[-1]
    assert (last.kind, last.author) == ("note", "Ewa")
    assert (await world.get(number)).state == state


async def test_an_answer_ends_the_owners_snooze(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(SNOOZED, ola)
    await world.desk.reply(ola, number, "I have news", "c1")
    conversation = await world.get(number)
    assert (conversation.state, conversation.snoozed_until) == (ASSIGNED, None)


@pytest.mark.parametrize(
    ("text", "kind", "error"),
    [
        ("", "reply", InvalidText),
        (" \n", "reply", InvalidText),
        ("a\x00b", "reply", InvalidText),
        ("x" * 4001, "note", TextTooLong),
        ("x", "shout", InvalidValue),
    ],
    ids=["empty", "blank", "nul", "long", "kind"],
)
async def test_what_cannot_be_said(world: World, text: str, kind: str, error: type[TellOnceError]) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(ASSIGNED, ola)
    with pytest.raises(error):
        await world.desk.reply(ola, number, text, "c1", kind)
    await world.desk.reply(ola, number, "x" * 4000, "c2")


# Passing on and giving back


@pytest.mark.parametrize("by", ["id", "email"])
async def test_a_transfer_introduces_the_colleague(world: World, by: str) -> None:
    ola, ewa = await world.user("Ola"), await world.user("Ewa")
    number = await world.conversation(ASSIGNED, ola)
    await world.desk.transfer(ola, number, ewa.id if by == "id" else " EWA@shop.pl")
    assert (await world.get(number)).assignee_id == ewa.id
    assert "Ewa" in (await world.said(number))[-1].text
    with pytest.raises(NotOwner):
        await world.desk.reply(ola, number, "One more thing", "c1")


@pytest.mark.parametrize("to", ["nobody@shop.pl", 999, "²", "9" * 30, ""])
async def test_a_transfer_to_nobody_changes_nothing(world: World, to: str | int) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(ASSIGNED, ola)
    with pytest.raises(InvalidValue):
        await world.desk.transfer(ola, number, to)
    assert (await world.get(number)).version == 1


@pytest.mark.parametrize("event", [transfer, return_done, resolve, snooze])
async def test_a_colleague_may_not_but_a_manager_may(world: World, event: Event) -> None:
    ola, ewa, jan = await world.user("Ola"), await world.user("Ewa"), await world.user("Jan", "manager")
    number = await world.conversation(ASSIGNED, ola)
    with pytest.raises(NotOwner):
        await event(world, ewa, number)
    await event(world, jan, number)


FRAME = Frame("start_return", {"a": 1}, orders=["100483"])
DIALOGUE = DialogueState(stack=[FRAME], abuse=1).to_dict()
CLOSED = DialogueState(orders=["100483"]).to_dict()


async def test_return_done_closes_what_the_bot_was_doing(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(ASSIGNED, ola, dialogue=DIALOGUE)
    await world.desk.return_(ola, number, "done", "Refund agreed")
    conversation = await world.get(number)
    assert conversation.dialogue == CLOSED
    assert (conversation.assignee_id, conversation.reserved_for_id) == (None, ola.id)
    assert conversation.outcome == {
        "outcome": "done",
        "note": "Refund agreed",
        "by": "Ola",
        "at": world.clock.now().isoformat(),
    }
    note, again = (await world.said(number))[-2:]
    assert (note.kind, note.text) == ("note", "Refund agreed")
    assert (again.sender, again.kind) == ("bot", "message")
    assert world.resumed == []


async def test_return_continue_lets_the_bot_go_on_once_it_is_committed(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(ASSIGNED, ola, dialogue=DIALOGUE)
    await world.desk.return_(ola, number, "continue")
    conversation = await world.get(number)
    assert (conversation.dialogue, conversation.resuming) == (DIALOGUE | {"abuse": 0}, True)
    assert world.resumed == [number]


async def test_resolving_keeps_the_outcome_and_the_agent(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(WAITING, dialogue=DIALOGUE)
    await world.desk.claim(ola, number)
    await world.desk.resolve(ola, number, "solved", "New parcel sent")
    conversation = await world.get(number)
    assert (conversation.state, conversation.reserved_for_id, conversation.dialogue) == (RESOLVED, ola.id, CLOSED)
    assert conversation.outcome["outcome"] == "solved"
    assert all(promise.kept_at for promise in await world.all(Promise, number))
    assert (await world.said(number))[-1].sender == "system"


@pytest.mark.parametrize("outcome", ["", "maybe", "resolved"])
async def test_only_two_ways_to_return(world: World, outcome: str) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(ASSIGNED, ola)
    with pytest.raises(InvalidValue):
        await world.desk.return_(ola, number, outcome)


@pytest.mark.parametrize("delta", [dt.timedelta(0), dt.timedelta(minutes=-1), dt.timedelta(days=91)])
async def test_a_snooze_ends_in_the_near_future(world: World, delta: dt.timedelta) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(ASSIGNED, ola)
    with pytest.raises(InvalidValue):
        await world.desk.snooze(ola, number, world.clock.now() + delta)
    with pytest.raises(InvalidValue):
        await world.desk.snooze(ola, number, (world.clock.now() + dt.timedelta(hours=1)).replace(tzinfo=None))


# Facts


async def test_an_agents_fact_replaces_the_customers_and_says_whose_it_is(world: World) -> None:
    ola, ewa = await world.user("Ola"), await world.user("Ewa")
    number = await world.conversation(ASSIGNED, ola)
    await world.desk.put_fact(ola, number, "order_number", "100123")
    assert await world.desk.put_fact(ola, number, "order_number", "nr 100 483") == "100483"
    facts = await world.all(Fact, number)
    assert [(fact.value, fact.superseded) for fact in facts] == [("100123", True), ("100483", False)]
    assert facts[1].source == {"kind": "agent", "by": "Ola"} and facts[1].confirmed
    with pytest.raises(NotOwner):
        await world.desk.put_fact(ewa, number, "size", "42")


@pytest.mark.parametrize(
    ("key", "value"),
    [("order_number", "12"), ("email", "nobody"), ("Size", "42"), ("size", " "), ("size", "x" * 501), ("a b", "c")],
)
async def test_a_malformed_fact_is_refused(world: World, key: str, value: str) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(ASSIGNED, ola)
    with pytest.raises(InvalidValue):
        await world.desk.put_fact(ola, number, key, value)
