"""The desk over HTTP: who gets in, what the contract's routes answer, and agents against each other and the bot."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot.domain.conversation import State
from bot.storage.tables import User
from bot.web.auth import COOKIE
from bot.web.desk.routes import API
from tests.desk_world import PASSWORD, Agent, World

pytestmark = pytest.mark.asyncio
Browser = Callable[..., Awaitable[Agent]]


def code(answer: Any) -> str:
    return str(answer["error"]["code"])


def path_of(pattern: str, number: str = "nowhere") -> str:
    return pattern.format(id=number, key="size", file="none", message=1)


# Getting in


async def test_log_in_me_log_out(world: World, browser: Browser) -> None:
    ola = await world.user("Ola", "manager")
    agent = await browser()
    answer = await agent.client.post("/api/desk/login", json={"email": "Ola@shop.pl", "password": PASSWORD})
    assert answer.status == 200
    body = await answer.json()
    assert set(body) == {"csrf", "name", "role"} and (body["name"], body["role"]) == ("Ola", "manager")
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["secure"]
    agent.csrf = body["csrf"]
    status, me = await agent.call("GET", "/api/desk/me")
    assert (status, me["id"], me["csrf"], me["language"]) == (200, ola.id, body["csrf"], "pl")
    assert (await agent.call("POST", "/api/desk/logout"))[0] == 200
    assert (await agent.call("GET", "/api/desk/me"))[0] == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"email": "ola@shop.pl", "password": "wrong pass"}, 401),
        ({"email": "nobody@shop.pl", "password": PASSWORD}, 401),
        ({"email": "ola@shop.pl"}, 422),
        ({"email": 1, "password": []}, 422),
        ([], 400),
        ("text", 400),
    ],
)
async def test_who_does_not_get_in(world: World, browser: Browser, body: Any, status: int) -> None:
    await world.user("Ola")
    answer = await (await browser()).client.post("/api/desk/login", json=body)
    assert answer.status == status and COOKIE not in answer.cookies
    assert (await answer.json())["error"]["message"]


async def test_after_ten_failed_log_ins_the_door_is_closed(world: World, browser: Browser) -> None:
    await world.user("Ola")
    client = (await browser()).client
    wrong = {"email": "ola@shop.pl", "password": "wrong pass"}
    statuses = [(await client.post("/api/desk/login", json=wrong)).status for _ in range(10)]
    assert statuses == [401] * 10
    answer = await client.post("/api/desk/login", json={"email": "ola@shop.pl", "password": PASSWORD})
    assert answer.status == 429 and 0 < int(answer.headers["Retry-After"]) <= 900


async def test_another_sites_page_cannot_log_anyone_in(world: World, browser: Browser) -> None:
    await world.user("Ola")
    client = (await browser()).client
    body = {"email": "ola@shop.pl", "password": PASSWORD}
    answer = await client.post("/api/desk/login", json=body, headers={"Origin": "https://evil.example"})
    assert answer.status == 403
    form = await client.post("/api/desk/login", data="{}", headers={"Content-Type": "text/plain"})
    assert form.status == 400


@pytest.mark.parametrize(("method", "pattern"), [(method, pattern) for method, pattern, _ in API])
async def test_every_route_wants_a_log_in(browser: Browser, method: str, pattern: str) -> None:
    status, answer = await (await browser()).call(method, path_of(pattern), {} if method != "GET" else None)
    assert (status, code(answer)) == (401, "unauthorized")


@pytest.mark.parametrize(("method", "pattern"), [(method, pattern) for method, pattern, _ in API])
async def test_every_route_wants_a_role(world: World, browser: Browser, method: str, pattern: str) -> None:
    ola = await world.user("Ola")
    agent = await browser(ola)
    async with world.database.write() as session:
        (await session.get_one(User, ola.id)).role = "cleaner"
    status, answer = await agent.call(method, path_of(pattern), {} if method != "GET" else None)
    assert (status, code(answer)) == (403, "forbidden")


@pytest.mark.parametrize(("method", "pattern"), [(m, p) for m, p, _ in API if m != "GET"])
@pytest.mark.parametrize("token", ["", "wrong", "zażółć"])
async def test_every_change_wants_the_csrf_token(
    world: World, browser: Browser, method: str, pattern: str, token: str
) -> None:
    admin = await browser(await world.user("Ola", "admin"))
    status, answer = await admin.call(method, path_of(pattern), {}, **{"X-CSRF-Token": token})
    assert (status, code(answer)) == (403, "csrf_failed")


async def test_no_route_of_the_desk_is_forgotten(world: World, browser: Browser) -> None:
    agent = await browser()
    assert isinstance(agent.client.server, TestServer)
    routes = {(r.method, r.resource.canonical) for r in agent.client.server.app.router.routes() if r.resource}
    files = {("GET", "/desk/static/{name}"), ("GET", "/static/{name}")}
    open_to_all = {("POST", "/api/desk/login"), ("GET", "/desk")} | files
    assert {route for route in routes if route[0] != "HEAD"} == {(m, p) for m, p, _ in API} | open_to_all


# The contract's routes


async def test_queue_and_conversation(world: World, browser: Browser) -> None:
    ola = await world.user("Ola")
    agent = await browser(ola)
    waiting, mine = await world.conversation(State.WAITING), await world.conversation(State.ASSIGNED, ola)
    done, new = await world.conversation(State.RESOLVED), await world.conversation()
    expected = {"waiting": {waiting}, "mine": {mine}, "resolved": {done}, "all": {waiting, mine, done, new}}
    for view, numbers in expected.items():
        status, page = await agent.call("GET", f"/api/desk/conversations?view={view}")
        assert status == 200 and {c["id"] for c in page["conversations"]} == numbers and page["cursor"] > 0
    status, whole = await agent.call("GET", f"/api/desk/conversations/{waiting}?language=en")
    assert status == 200 and {"conversation", "context", "messages"} <= set(whole)
    assert whole["conversation"]["owner"] == "waiting" and whole["conversation"]["promised_at"]
    assert [message["sender"] for message in whole["messages"]] == ["bot", "customer"]
    assert whole["context"]["reason"]["code"] == "asked"
    assert len(await world.events(waiting, "read")) == 1
    assert (await agent.call("GET", f"/api/desk/conversations/{waiting}?language=de"))[0] == 422
    assert (await agent.call("GET", "/api/desk/conversations?view=lost"))[0] == 422
    assert (await agent.call("GET", "/api/desk/conversations?after=x"))[0] == 400
    assert (await agent.call("GET", "/api/desk/conversations/nowhere"))[0] == 404


async def test_waiting_order_late_ones_then_mine_then_the_longest(world: World, browser: Browser) -> None:
    ola = await world.user("Ola")
    first = await world.conversation(State.WAITING)
    world.clock.move(minutes=1)
    mine = await world.conversation(State.WAITING, reserved_for_id=ola.id)
    late = await world.conversation(State.WAITING, escalated_at=world.clock.now())
    _, page = await (await browser(ola)).call("GET", "/api/desk/conversations")
    assert [c["id"] for c in page["conversations"]] == [late, mine, first]


async def test_a_long_queue_comes_in_pages(world: World, browser: Browser) -> None:
    agent = await browser(await world.user("Ola"))
    numbers = {await world.conversation(State.WAITING) for _ in range(60)}
    _, one = await agent.call("GET", "/api/desk/conversations")
    _, two = await agent.call("GET", f"/api/desk/conversations?after={one['next']}")
    assert {c["id"] for c in one["conversations"] + two["conversations"]} == numbers
    assert (len(one["conversations"]), two["next"]) == (50, None)


async def test_from_claim_to_resolved(world: World, browser: Browser) -> None:
    ola, ewa = await world.user("Ola"), await world.user("Ewa")
    first, second = await browser(ola), await browser(ewa)
    number = await world.conversation(State.WAITING)
    status, claimed = await first.post(number, "claim")
    assert (status, claimed["conversation"]["assignee"]["name"]) == (200, "Ola")
    status, answer = await second.post(number, "claim")
    assert (status, code(answer), answer["error"]["details"]) == (409, "already_claimed", {"by": "Ola"})
    status, answer = await second.post(number, "messages", {"text": "Hi", "kind": "reply", "client_id": "c"})
    assert (status, code(answer)) == (403, "not_owner")
    status, note = await second.post(number, "messages", {"text": "FYI", "kind": "note", "client_id": "n"})
    assert status == 201 and note["message_id"]
    status, sent = await first.post(number, "messages", {"text": "Hello", "kind": "reply", "client_id": "c"})
    assert status == 201
    assert await first.post(number, "messages", {"text": "Hello", "kind": "reply", "client_id": "c"}) == (200, sent)
    assert (await first.post(number, "transfer", {"to": ewa.id}))[0] == 200
    assert (await first.post(number, "resolve", {"outcome": "solved"}))[0] == 403
    until = (world.clock.now() + dt.timedelta(hours=1)).isoformat()
    status, slept = await second.post(number, "snooze", {"until": until})
    assert (status, slept["conversation"]["state"], slept["conversation"]["owner"]) == (200, "snoozed", "agent")
    status, ended = await second.post(number, "resolve", {"outcome": "solved", "note": "Sent again"})
    assert (status, ended["conversation"]["state"], ended["conversation"]["outcome"]) == (200, "resolved", "solved")
    assert (await second.post(number, "resolve", {"outcome": "solved"}))[0] == 409


async def test_return(world: World, browser: Browser) -> None:
    ola = await world.user("Ola")
    agent = await browser(ola)
    suspended = {"stack": [{"flow": "start_return", "answers": {}}], "question": None}
    number = await world.conversation(State.ASSIGNED, ola, dialogue=suspended)
    assert (await agent.post(number, "return", {"outcome": "later"}))[0] == 422
    status, answer = await agent.post(number, "return", {"outcome": "continue", "note": "Address is right now"})
    assert (status, answer["conversation"]["owner"]) == (200, "bot")
    assert world.resumed == [number]


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("messages", {"kind": "reply", "client_id": "c"}, 422),
        ("messages", {"text": " ", "kind": "reply", "client_id": "c"}, 422),
        ("messages", {"text": "x" * 4001, "kind": "reply", "client_id": "c"}, 413),
        ("messages", {"text": "x", "kind": "shout", "client_id": "c"}, 422),
        ("messages", {"text": "x", "kind": "reply", "client_id": "c" * 201}, 422),
        ("messages", {"text": "\ud800", "kind": "reply", "client_id": "c"}, 400),
        ("messages", {"text": "x" * 70000}, 413),
        ("transfer", {}, 422),
        ("transfer", {"to": True}, 422),
        ("transfer", {"to": "nobody@shop.pl"}, 422),
        ("resolve", {}, 422),
        ("resolve", {"outcome": "solved", "note": 7}, 422),
        ("snooze", {"until": "tomorrow"}, 422),
        ("snooze", {"until": "2026-06-16T12:00:00"}, 422),
        ("snooze", {"until": "2020-01-01T00:00:00Z"}, 422),
        ("claim", [], 409),
    ],
)
async def test_what_the_routes_refuse(world: World, browser: Browser, what: str, body: Any, status: int) -> None:
    ola = await world.user("Ola")
    agent = await browser(ola)
    number = await world.conversation(State.ASSIGNED, ola)
    answer = await agent.post(number, what, body)
    assert answer[0] == status and answer[1]["error"]["message"]
    assert len(await world.said(number)) == 2


async def test_an_agent_corrects_a_fact(world: World, browser: Browser) -> None:
    ola = await world.user("Ola")
    agent = await browser(ola)
    number = await world.conversation(State.ASSIGNED, ola)
    where = f"/api/desk/conversations/{number}/facts/order_number"
    assert await agent.call("PUT", where, {"value": "#100483"}) == (200, {"key": "order_number", "value": "100483"})
    assert (await agent.call("PUT", where, {"value": "1"}))[0] == 422
    _, whole = await agent.call("GET", f"/api/desk/conversations/{number}")
    (fact,) = whole["context"]["facts"]
    assert (fact["value"], fact["source"], fact["confirmed"]) == ("100483", {"kind": "agent", "by": "Ola"}, True)


async def test_of_twenty_agents_exactly_one_gets_it(world: World, browser: Browser) -> None:
    agents = [await browser(await world.user(f"Agent{number}")) for number in range(20)]
    number = await world.conversation(State.WAITING)
    answers = await asyncio.gather(*(agent.post(number, "claim") for agent in agents))
    assert sorted(status for status, _ in answers) == [200] + [409] * 19
    (winner,) = [answer["conversation"]["assignee"]["name"] for status, answer in answers if status == 200]
    assert all(answer["error"]["details"]["by"] == winner for status, answer in answers if status == 409)


# The page


async def test_the_page_and_its_files(browser: Browser) -> None:
    client = (await browser()).client
    page = await client.get("/desk")
    text = await page.text()
    assert page.status == 200 and page.content_type == "text/html"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "<style" not in text and "style=" not in text and "onclick" not in text
    for name in ("desk.js", "desk.css", "texts/pl.json", "texts/en.json"):
        answer = await client.get(f"/desk/static/{name}")
        assert answer.status == 200, name
        assert f"/desk/static/{name}" in text or name.startswith("texts/")
    for name in ("../routes.py", "..%2froutes.py", "routes.py", "nothing.js"):
        assert (await client.get(f"/desk/static/{name}")).status == 404


async def test_the_pages_catalogues_have_the_same_keys() -> None:
    import json

    from bot.web.desk.routes import ASSETS

    polish, english = (json.loads((ASSETS / "texts" / f"{name}.json").read_text("utf-8")) for name in ("pl", "en"))
    assert set(polish) == set(english) and all(polish.values()) and all(english.values())
