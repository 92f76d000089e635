"""The desk's WebSocket: who may listen, what they hear, and that nothing is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError

from bot.domain.conversation import State
from bot.services.desk_follow import Follower
from bot.storage.tables import EventRecord
from bot.web.desk import live
from tests.desk_world import Agent, World

pytestmark = pytest.mark.asyncio
Browser = Callable[..., Awaitable[Agent]]


async def frames(ws: ClientWebSocketResponse, count: int) -> list[dict[str, Any]]:
    return [await ws.receive_json(timeout=5) for _ in range(count)]


async def test_a_desk_hears_what_happens(world: World, browser: Browser) -> None:
    ola = await world.user("Ola")
    agent = await browser(ola)
    number = await world.conversation(State.WAITING)
    _, page = await agent.call("GET", "/api/desk/conversations")
    async with agent.client.ws_connect("/api/desk/ws") as ws:
        await ws.send_json({"after": page["cursor"]})
        assert (await agent.post(number, "claim"))[0] == 200
        first, *rest, counts = await frames(ws, 4)
        assert first["type"] == "conversation" and first["conversation"]["assignee"]["name"] == "Ola"
        assert first["buttons"] == []
        assert counts == {"type": "counts", "counts": {"waiting": 0, "mine": 1, "all": 1, "resolved": 0}}
        assert {frame["type"] for frame in rest} == {"state", "message"}
        assert all(frame["conversation_id"] == number and frame["cursor"] > page["cursor"] for frame in rest)
        await world.customer_writes(number, "Thanks <b>you</b>")
        world.bell.ring("desk")
        _, message = await frames(ws, 2)
        assert (message["message"]["sender"], message["message"]["text"]) == ("customer", "Thanks <b>you</b>")


async def test_what_happened_before_the_connection_is_told_after_the_cursor(world: World, browser: Browser) -> None:
    agent = await browser(await world.user("Ola"))
    number = await world.conversation()
    _, page = await agent.call("GET", "/api/desk/conversations?view=all")
    await world.customer_writes(number, "While nobody listened")
    async with agent.client.ws_connect("/api/desk/ws") as ws:
        await ws.send_json({"after": page["cursor"]})
        _, message = await frames(ws, 2)
        assert message["message"]["text"] == "While nobody listened"


async def test_without_a_first_frame_news_begin_with_the_connection(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FIRST_FRAME_SECONDS", 0.05)
    agent = await browser(await world.user("Ola"))
    number = await world.conversation()
    async with agent.client.ws_connect("/api/desk/ws") as ws:
        await world.customer_writes(number, "New")
        world.bell.ring("desk")
        _, message = await frames(ws, 2)
        assert message["message"]["text"] == "New"


@pytest.mark.parametrize("first", ["nonsense", "[]", '{"after": -1}', '{"after": true}', '{"after": "x"}'])
async def test_a_strange_first_frame_is_no_frame(world: World, browser: Browser, first: str) -> None:
    agent = await browser(await world.user("Ola"))
    number = await world.conversation()
    async with agent.client.ws_connect("/api/desk/ws") as ws:
        await ws.send_str(first)
        await world.customer_writes(number, "New")
        world.bell.ring("desk")
        assert (await frames(ws, 2))[1]["message"]["text"] == "New"


async def test_nobody_listens_without_a_log_in_or_from_another_site(world: World, browser: Browser) -> None:
    agent = await browser(await world.user("Ola"))
    for client, headers, status in [
        ((await browser()).client, {}, 401),
        (agent.client, {"Origin": "https://evil.example"}, 403),
        (agent.client, {"Origin": "null"}, 403),
    ]:
        with pytest.raises(WSServerHandshakeError) as caught:
            await client.ws_connect("/api/desk/ws", headers=headers)
        assert caught.value.status == status
    own = str(agent.client.make_url("/")).rstrip("/")
    async with agent.client.ws_connect("/api/desk/ws", headers={"Origin": own}) as ws:
        assert not ws.closed


async def test_the_line_is_cut_when_the_log_in_ends(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.0)
    agent = await browser(await world.user("Ola"))
    async with agent.client.ws_connect("/api/desk/ws") as ws:
        await ws.send_json({"after": 0})
        await agent.call("POST", "/api/desk/logout")
        world.bell.ring("desk")
        async with asyncio.timeout(5):
            async for _ in ws:
                pass
        assert ws.close_code == live.LOGGED_OUT


async def test_an_open_desk_is_a_present_agent(world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.0)
    ola = await world.user("Ola")
    agent = await browser(ola)
    async with agent.client.ws_connect("/api/desk/ws") as ws:
        await ws.send_json({"after": 0})
        world.clock.move(minutes=5)
        for _ in range(100):
            world.bell.ring("desk")
            await asyncio.sleep(0.01)
            (user,) = await world.accounts.colleagues()
            if user.last_seen_at == world.clock.now():
                break
        assert user.last_seen_at == world.clock.now()


async def test_an_event_committed_late_is_still_told(world: World) -> None:
    number = await world.conversation()
    follower = Follower(world.database, world.clock, 1)

    async def begin() -> int:
        return 100

    await follower.begin(begin)
    await _event(world, number, 103)
    assert [frame["cursor"] for frame in await follower.news() if "cursor" in frame] == [103]
    await _event(world, number, 102)
    assert [frame["cursor"] for frame in await follower.news() if "cursor" in frame] == [102]
    assert await follower.news() == []
    world.clock.move(seconds=16)
    assert await follower.news() == []
    await _event(world, number, 101)
    assert await follower.news() == []


async def _event(world: World, conversation_id: str, number: int) -> None:
    async with world.database.write() as session:
        session.add(
            EventRecord(
                id=number, conversation_id=conversation_id, kind="fact", actor="bot", details={}, at=world.clock.now()
            )
        )
