"""Administrators and their staff over HTTP: who comes, who changes, who leaves, and who takes up what they leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.domain.conversation import State
from bot.storage.tables import Conversation, EventRecord, Message, User
from tests.running import PASSWORD, Agent, Customer, Running, running_gateway


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


@pytest.fixture
async def admin(gateway: Running) -> Agent:
    return await gateway.agent("szef@example.pl", role="admin", name="Ewa Szef")


async def member(admin: Agent, email: str) -> dict[str, Any]:
    return next(one for one in (await admin.get("/api/studio/users"))["users"] if one["email"] == email)


async def change(admin: Agent, email: str, **changes: Any) -> tuple[int, dict[str, Any]]:
    return await admin.call("PATCH", f"/api/studio/users/{(await member(admin, email))['id']}", changes)


async def with_a_human(gateway: Running, agent: Agent) -> Customer:
    """A customer whose conversation the agent has claimed."""
    customer = await gateway.customer()
    await customer.says("Chcę rozmawiać z człowiekiem")
    await agent.does(customer.conversation_id, "claim")
    return customer


async def test_the_list_says_who_there_is_and_nothing_that_opens_anything(gateway: Running, admin: Agent) -> None:
    ola = await gateway.agent()
    await with_a_human(gateway, ola)
    users = (await admin.get("/api/studio/users"))["users"]
    assert [one["name"] for one in users] == ["Ewa Szef", "Ola Nowak"]
    assert users[1] == {
        "id": users[1]["id"],
        "email": "ola@example.pl",
        "name": "Ola Nowak",
        "role": "agent",
        "language": "pl",
        "active": True,
        "invited": False,
        "link_until": None,
        "conversations": 1,
        "last_seen_at": gateway.built.clock.now().isoformat(),
        "created_at": gateway.built.clock.now().isoformat(),
    }


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"email": "OLA@example.pl"}, "email", "taken"),
        ({"email": "nikt"}, "email", "no_email"),
        ({"role": "king"}, "role", None),
        ({"role": None}, "role", None),
        ({"name": "x" * 101}, "name", None),
        ({"language": "de"}, "language", None),
    ],
)
async def test_who_cannot_be_added(
    gateway: Running, admin: Agent, given: dict[str, Any], field: str, reason: str | None
) -> None:
    await gateway.agent()
    body = {"email": "jan@example.pl", "name": "Jan", "role": "agent", "language": "pl", **given}
    status, answer = await admin.call("POST", "/api/studio/users", body)
    details = answer["error"]["details"]
    assert (status, details["field"], details.get("reason")) == (422, field, reason)
    assert len((await admin.get("/api/studio/users"))["users"]) == 2


async def test_a_role_holds_from_the_next_call_on(gateway: Running, admin: Agent) -> None:
    ola = await gateway.agent()
    assert (await ola.call("GET", "/api/desk/metrics"))[0] == 403
    status, answer = await change(admin, "ola@example.pl", role="manager", name="Ola Kierownik", language="en")
    assert status == 200 and answer["released"] == 0
    assert [answer["user"][key] for key in ("role", "name", "language")] == ["manager", "Ola Kierownik", "en"]
    assert (await ola.call("GET", "/api/desk/metrics"))[0] == 200
    assert (await ola.call("GET", "/api/studio/users"))[0] == 403
    await change(admin, "ola@example.pl", role="admin")
    assert (await ola.call("GET", "/api/studio/users"))[0] == 200
    await change(admin, "ola@example.pl", role="agent")
    assert (await ola.call("GET", "/api/desk/metrics"))[0] == 403
    for wrong in ({"role": "king"}, {"role": None}, {"name": ""}, {"active": "no"}, {"active": 0}, {"language": 1}):
        assert (await change(admin, "ola@example.pl", **wrong))[0] == 422, wrong
    assert (await admin.call("PATCH", "/api/studio/users/999", {"role": "agent"}))[0] == 404


@pytest.mark.parametrize("changes", [{"role": "agent"}, {"role": "manager"}, {"active": False}])
async def test_somebody_always_can_administer(gateway: Running, admin: Agent, changes: dict[str, Any]) -> None:
    status, answer = await change(admin, "szef@example.pl", **changes)
    assert (status, answer["error"]["code"]) == (409, "not_possible_now")
    second = await gateway.agent("druga@example.pl", role="admin", name="Druga")
    status, answer = await change(second, "szef@example.pl", **changes)
    assert status == 200
    status, answer = await change(second, "druga@example.pl", **changes)
    assert (status, answer["error"]["details"]["reason"]) in [(409, "last_admin"), (409, "yourself")]
    assert answer["error"]["message"]


async def test_nobody_deactivates_themselves(gateway: Running, admin: Agent) -> None:
    await gateway.agent("druga@example.pl", role="admin")
    status, answer = await change(admin, "szef@example.pl", active=False)
    assert (status, answer["error"]["details"]) == (409, {"reason": "yourself"})
    assert (await member(admin, "szef@example.pl"))["active"]


async def test_two_admins_who_demote_each_other_leave_one(gateway: Running, admin: Agent) -> None:
    second = await gateway.agent("druga@example.pl", role="admin")
    ids = [(await member(admin, email))["id"] for email in ("szef@example.pl", "druga@example.pl")]
    answers = await asyncio.gather(
        admin.call("PATCH", f"/api/studio/users/{ids[1]}", {"role": "agent"}),
        second.call("PATCH", f"/api/studio/users/{ids[0]}", {"role": "agent"}),
    )
    assert 200 in [status for status, _ in answers]
    async with gateway.built.database.read() as session:
        admins = select(User).where(User.role == "admin", User.active)
        assert len(list(await session.scalars(admins))) == 1


async def test_who_leaves_is_out_at_once_and_their_customers_wait_for_somebody_else(
    gateway: Running, admin: Agent
) -> None:
    ola = await gateway.agent()
    customer, asleep = await with_a_human(gateway, ola), await with_a_human(gateway, ola)
    await ola.does(customer.conversation_id, "messages", text="Już sprawdzam")
    until = gateway.built.clock.now().replace(hour=23).isoformat()
    await ola.does(asleep.conversation_id, "snooze", until=until)
    async with ola.http.ws_connect(f"{gateway.url}/api/desk/ws") as socket:
        await socket.send_json({"after": 0})
        status, answer = await change(admin, "ola@example.pl", active=False)
        assert (status, answer["released"], answer["user"]["conversations"]) == (200, 2, 0)
        frame = await socket.receive(timeout=60)
        while frame.type is aiohttp.WSMsgType.TEXT:
            frame = await socket.receive(timeout=60)
        assert (frame.type, frame.data) == (aiohttp.WSMsgType.CLOSE, 4401)
    assert (await ola.call("GET", "/api/desk/me"))[0] == 401
    login = {"email": "ola@example.pl", "password": PASSWORD}
    async with ola.http.post(f"{gateway.url}/api/desk/login", json=login) as response:
        assert response.status == 401
    for one in (customer, asleep):
        news = await one.news()
        assert one.owner == "waiting" and news[-1]["sender"] == "system" and news[-1]["buttons"]
    waiting = (await admin.get("/api/desk/conversations?view=waiting"))["conversations"]
    assert {one["id"] for one in waiting} == {customer.conversation_id, asleep.conversation_id}
    assert all(one["assignee"] is None and one["snoozed_until"] is None for one in waiting)
    async with gateway.built.database.read() as session:
        said = select(Message.author).where(Message.sender == "agent")
        assert list(await session.scalars(said)) == ["Ola Nowak"]
    assert "ola@example.pl" not in str(await admin.get("/api/desk/agents"))


async def test_who_comes_back_logs_in_again(gateway: Running, admin: Agent) -> None:
    ola = await gateway.agent()
    await change(admin, "ola@example.pl", active=False)
    assert (await change(admin, "ola@example.pl", active=True))[0] == 200
    assert (await ola.call("GET", "/api/desk/me"))[0] == 401
    login = {"email": "ola@example.pl", "password": PASSWORD}
    async with ola.http.post(f"{gateway.url}/api/desk/login", json=login) as response:
        assert response.status == 200


async def test_nothing_is_kept_for_somebody_who_left(gateway: Running, admin: Agent) -> None:
    ola = await gateway.agent()
    customer = await with_a_human(gateway, ola)
    await ola.does(customer.conversation_id, "resolve", outcome="solved")
    await change(admin, "ola@example.pl", active=False)
    async with gateway.built.database.read() as session:
        assert (await session.get_one(Conversation, customer.conversation_id)).reserved_for_id is None


async def test_what_a_crash_left_with_a_leaver_is_found(gateway: Running, admin: Agent) -> None:
    ola = await gateway.agent()
    customer = await with_a_human(gateway, ola)
    await ola.does(customer.conversation_id, "messages", text="Już sprawdzam")
    async with gateway.built.database.write() as session:
        (await session.scalars(select(User).where(User.email == "ola@example.pl"))).one().active = False
    assert await gateway.built.desk.housekeeping() == 1
    async with gateway.built.database.read() as session:
        conversation = await session.get_one(Conversation, customer.conversation_id)
        assert (conversation.state, conversation.assignee_id) == (State.WAITING, None)


async def test_a_manager_takes_over_what_an_agent_has(gateway: Running, admin: Agent) -> None:
    ola, jan = await gateway.agent(), await gateway.agent("jan@example.pl", name="Jan")
    boss = await gateway.agent("boss@example.pl", role="manager", name="Maria")
    customer = await with_a_human(gateway, ola)
    number = customer.conversation_id
    for what, body in (("transfer", {"to": "jan@example.pl"}), ("return", {"outcome": "done"})):
        assert (await jan.call("POST", f"/api/desk/conversations/{number}/{what}", body))[0] == 403
    assert (await boss.call("POST", f"/api/desk/conversations/{number}/claim"))[0] == 409
    taken = await boss.does(number, "transfer", to="boss@example.pl")
    assert taken["conversation"]["assignee"]["name"] == "Maria"
    await boss.does(number, "transfer", to="jan@example.pl")
    await boss.does(number, "resolve", outcome="solved")


async def test_each_change_leaves_a_line_without_personal_data(gateway: Running, admin: Agent) -> None:
    with capture_logs() as lines:
        body = {"email": "jan@example.pl", "name": "Jan Nowy", "role": "agent"}
        await admin.call("POST", "/api/studio/users", body)
        jan = (await member(admin, "jan@example.pl"))["id"]
        await change(admin, "jan@example.pl", role="manager", name="Jan Inny")
        await admin.call("POST", f"/api/studio/users/{jan}/password-link")
        await change(admin, "jan@example.pl", active=False)
        await change(admin, "jan@example.pl", active=False)
        await admin.call("PATCH", "/api/desk/me", {"name": "Ewa Inna"})
        await admin.call("POST", "/api/desk/password", {"old": PASSWORD, "new": "zupełnie inne hasło"})
    said = [line["event"] for line in lines]
    expected = ["user_invited", "user_changed", "password_link_made", "user_changed", "profile_changed"]
    assert said == [*expected, "password_changed"]
    assert not any(word in str(lines) for word in ("jan@", "Jan", "Ewa", "hasło", PASSWORD))
    async with gateway.built.database.read() as session:
        kept = await session.scalars(select(EventRecord).where(EventRecord.kind == "account").order_by(EventRecord.id))
        records = [(one.details["what"], one.details.get("user"), one.details.get("fields")) for one in kept]
    assert records == [
        ("user_invited", jan, None),
        ("user_changed", jan, ["name", "role"]),
        ("password_link", jan, None),
        ("user_changed", jan, ["active"]),
        ("profile_changed", None, ["name"]),
        ("password_changed", None, None),
    ]
