"""A long conversation in pages, files sent by agents, what became of what was sent, and buttons that no longer work."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import select

from bot.domain.conversation import State
from bot.services.attachments import LARGEST
from bot.services.transcript import expire_buttons
from bot.storage.tables import Attachment, ChannelLink, Conversation, Delivery
from tests.desk_world import Agent, World

pytestmark = pytest.mark.asyncio
Browser = Callable[..., Awaitable[Agent]]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


async def upload(agent: Agent, number: str, content: bytes, name: str = "label.png") -> tuple[int, Any]:
    form = FormData()
    form.add_field("file", io.BytesIO(content), filename=name)
    where = f"/api/desk/conversations/{number}/attachments"
    async with agent.client.post(where, data=form, headers={"X-CSRF-Token": agent.csrf}) as answer:
        return answer.status, await answer.json()


async def test_a_long_conversation_comes_in_pages(world: World, browser: Browser) -> None:
    agent = await browser(await world.user("Ola"))
    number = await world.conversation()
    for index in range(150):
        world.clock.move(minutes=61 if index == 90 else 0)
        await world.customer_writes(number, f"message {index}")
    everything = [message.id for message in await world.said(number)]
    status, opened = await agent.call("GET", f"/api/desk/conversations/{number}")
    assert status == 200 and opened["messages"] == opened["context"]["transcript"]
    found, before = opened["messages"], opened["before"]
    while before is not None:
        _, page = await agent.call("GET", f"/api/desk/conversations/{number}/messages?before={before}")
        found, before = page["messages"] + found, page["before"]
        assert page["after"] is not None
    assert [message["id"] for message in found] == everything
    assert [m["text"] for m in found if m["session_break"]] == ["message 90"]
    middle = everything[40]
    _, page = await agent.call("GET", f"/api/desk/conversations/{number}/messages?around={middle}")
    shown = [message["id"] for message in page["messages"]]
    assert middle in shown and shown == everything[everything.index(shown[0]) :][: len(shown)]
    _, following = await agent.call("GET", f"/api/desk/conversations/{number}/messages?after={page['after']}")
    assert following["messages"][0]["id"] == everything[everything.index(shown[-1]) + 1]
    for wrong in ("before=x", "around=-1", "before=1&after=2"):
        assert (await agent.call("GET", f"/api/desk/conversations/{number}/messages?{wrong}"))[0] == 400
    assert (await agent.call("GET", "/api/desk/conversations/nowhere/messages"))[0] == 404


async def test_an_agent_sends_a_file(world: World, browser: Browser) -> None:
    ola = await world.user("Ola")
    agent = await browser(ola)
    number = await world.conversation(State.ASSIGNED, ola)
    other = await world.conversation(State.ASSIGNED, ola)
    status, stored = await upload(agent, number, PNG)
    assert status == 201
    body = {"text": "", "kind": "reply", "client_id": "f", "attachments": [stored["id"]]}
    assert (await agent.post(other, "messages", body))[0] == 422
    assert (await agent.post(number, "messages", body | {"attachments": ["none"]}))[0] == 422
    assert (await agent.post(number, "messages", body | {"attachments": "x"}))[0] == 422
    assert len(await world.said(number)) == 2
    assert (await agent.post(number, "messages", body))[0] == 201
    assert (await agent.post(number, "messages", body))[0] == 200
    assert (await agent.post(number, "messages", body | {"client_id": "g"}))[0] == 422
    _, page = await agent.call("GET", f"/api/desk/conversations/{number}/messages")
    (file,) = page["messages"][-1]["attachments"]
    assert (file["name"], file["type"]) == ("label.png", "image/png")
    answer = await agent.client.get(f"/api/desk/conversations/{number}/attachments/{file['id']}")
    assert await answer.read() == PNG


async def test_files_that_are_refused(world: World, browser: Browser) -> None:
    agent = await browser(await world.user("Ola"))
    number = await world.conversation()
    assert (await upload(agent, number, b"MZ not a picture"))[0] == 422
    assert (await upload(agent, number, PNG + bytes(LARGEST)))[0] == 413
    assert (await upload(agent, number, PNG + bytes(LARGEST - len(PNG) - 10)))[0] == 201
    assert (await upload(agent, "nowhere", PNG))[0] == 404
    assert (await agent.post(number, "attachments"))[0] == 400
    assert len(await world.all(Attachment, number)) == 1


async def test_what_became_of_what_was_sent(world: World, browser: Browser) -> None:
    ola, ewa = await world.user("Ola"), await world.user("Ewa")
    agent, colleague = await browser(ola), await browser(ewa)
    number = await world.conversation(State.ASSIGNED, ola)
    async with world.database.write() as session:
        now = world.clock.now()
        session.add(ChannelLink(conversation_id=number, channel="telegram", address="7", active=True, created_at=now))
    message = (await agent.post(number, "messages", {"text": "Hello", "client_id": "a"}))[1]["message_id"]

    async def delivery(**values: Any) -> Any:
        async with world.database.write() as session:
            row = (await session.scalars(select(Delivery).where(Delivery.message_id == message))).one()
            for name, value in values.items():
                setattr(row, name, value)
        _, page = await agent.call("GET", f"/api/desk/conversations/{number}/messages")
        return page["messages"][-1]["delivery"]

    assert await delivery() == {"state": "pending", "channel": "telegram", "error": None}
    assert (await delivery(attempts=1, error="busy"))["state"] == "retrying"
    again = f"messages/{message}/send"
    assert (await agent.post(number, again))[0] == 404
    assert (await delivery(status="dead", error="blocked")) == {
        "state": "failed",
        "channel": "telegram",
        "error": "blocked",
    }
    assert (await colleague.post(number, again))[0] == 403
    assert (await agent.post(number, again))[0] == 200
    assert (await delivery())["state"] == "pending"
    assert (await delivery(status="sent"))["state"] == "sent"
    assert (await agent.post(number, "messages/x/send"))[0] == 404


async def test_buttons_that_no_longer_work_are_shown_as_such(world: World, browser: Browser) -> None:
    agent = await browser(await world.user("Ola"))
    number = await world.conversation()
    _, page = await agent.call("GET", f"/api/desk/conversations/{number}/messages")
    assert [(b["title"], b["expired"]) for b in page["messages"][0]["offered"]] == [("Yes", False)]
    async with world.database.write() as session:
        await expire_buttons(session, number)
    _, page = await agent.call("GET", f"/api/desk/conversations/{number}/messages")
    assert page["messages"][0]["buttons"] == [] and page["messages"][0]["offered"][0]["expired"]


async def test_how_long_a_customer_waits_for_an_answer(world: World) -> None:
    ola = await world.user("Ola")
    number = await world.conversation(State.ASSIGNED, ola, last_agent_at=world.clock.now())
    assert (await world.desk.summary(number))["waits_since"] is None
    world.clock.move(minutes=1)
    asked = world.clock.now()
    await world.customer_writes(number, "Hello?")
    world.clock.move(minutes=5)
    await world.customer_writes(number, "Anybody?")
    summary = await world.desk.summary(number)
    assert (summary["waits_since"], summary["unanswered_count"]) == (asked.isoformat(), 2)
    await world.desk.reply(ola, number, "Here I am", "c")
    summary = await world.desk.summary(number)
    assert (summary["waits_since"], summary["unanswered_count"], summary["last"]["text"]) == (None, 0, "Here I am")


async def test_mine_begins_with_those_who_wait(world: World) -> None:
    ola = await world.user("Ola")
    calm = await world.conversation(State.ASSIGNED, ola, last_agent_at=world.clock.now())
    world.clock.move(minutes=1)
    later = await world.conversation(State.ASSIGNED, ola)
    async with world.database.write() as session:
        conversation = await session.get_one(Conversation, later)
        conversation.last_customer_at = world.clock.now()
    world.clock.move(minutes=1)
    latest = await world.conversation(State.ASSIGNED, ola)
    page = await world.desk.list("mine", ola)
    assert [c["id"] for c in page.conversations] == [later, latest, calm]
    assert page.counts == {"waiting": 0, "mine": 3, "all": 3, "resolved": 0}
