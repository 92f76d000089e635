"""The first administrator and links for passwords, over HTTP: once, with the right code, and with no other."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.bench.unit import Unit
from bot.services.setup_links import LASTS
from bot.storage.tables import EventRecord, SetupLink, User, UserSession
from bot.web.auth import COOKIE
from tests.running import PASSWORD, Running, running_gateway

FIRST = {"email": "Szef@Sklep.PL", "name": "Ewa Szef", "password": "cztery zwykłe słowa tu", "language": "pl"}


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


async def call(gateway: Running, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    async with gateway.http.request(method, gateway.url + path, json=body, headers=headers) as response:
        return response.status, await response.json()


async def code_of(gateway: Running) -> str:
    code = await gateway.built.setup_links.for_first_admin()
    assert code is not None
    return code


def refused(answer: tuple[int, Any], status: int, code: str) -> dict[str, Any]:
    assert (answer[0], answer[1]["error"]["code"]) == (status, code), answer
    assert answer[1]["error"]["message"]
    return answer[1]["error"].get("details", {})


async def test_the_first_admin_is_made_once_and_is_logged_in(gateway: Running) -> None:
    code, other = await code_of(gateway), await code_of(gateway)
    assert await call(gateway, "GET", "/api/setup") == (200, {"needed": True})
    assert await call(gateway, "POST", "/api/setup/check", {"code": code}) == (200, {"for": "admin"})
    async with gateway.http.post(f"{gateway.url}/api/setup/admin", json={"code": code, **FIRST}) as response:
        body = await response.json()
        assert response.status == 200 and (body["name"], body["role"]) == ("Ewa Szef", "admin")
        cookie = response.cookies[COOKIE]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    jar = {"Cookie": f"{COOKIE}={cookie.value}"}
    status, me = await call(gateway, "GET", "/api/desk/me", **jar)
    assert (status, me["email"], me["role"], me["csrf"]) == (200, "szef@sklep.pl", "admin", body["csrf"])
    assert (await call(gateway, "GET", "/api/studio/users", **jar))[0] == 200
    assert await call(gateway, "GET", "/api/setup") == (200, {"needed": False})
    for used in (code, other):
        refused(await call(gateway, "POST", "/api/setup/check", {"code": used}), 403, "invalid_link")
        again = {"code": used, **FIRST, "email": "drugi@sklep.pl"}
        refused(await call(gateway, "POST", "/api/setup/admin", again), 403, "invalid_link")
    assert await gateway.built.setup_links.for_first_admin() is None


async def test_of_many_who_are_first_at_once_one_is(gateway: Running) -> None:
    codes = [await code_of(gateway) for _ in range(3)]
    tries = [
        call(gateway, "POST", "/api/setup/admin", {"code": code, **FIRST, "email": f"a{n}@sklep.pl"})
        for n, code in enumerate(codes * 2)
    ]
    statuses = [status for status, _ in await asyncio.gather(*tries)]
    assert sorted(statuses) == [200] + [403] * 5
    async with gateway.built.database.read() as session:
        assert len(list(await session.scalars(select(User).where(User.role == "admin")))) == 1


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"email": "nikt"}, "email", "no_email"),
        ({"email": "agent@shop.pl"}, "email", "taken"),
        ({"email": None}, "email", None),
        ({"name": "  "}, "name", None),
        ({"name": "x" * 101}, "name", None),
        ({"password": "krótkie"}, "password", "too_short"),
        ({"password": "x" * 1001}, "password", "password_too_long"),
        ({"password": "szef@sklep.pl"}, "password", "too_simple"),
        ({"password": 1234567890}, "password", None),
        ({"language": "de"}, "language", None),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_the_link_still_works(
    gateway: Running, change: dict[str, Any], field: str, reason: str | None
) -> None:
    await gateway.built.accounts.add_user("agent@shop.pl", "agent", PASSWORD)
    code = await code_of(gateway)
    answer = await call(gateway, "POST", "/api/setup/admin", {"code": code, **FIRST, **change})
    details = refused(answer, 422, "invalid_value")
    assert (details["field"], details.get("reason")) == (field, reason)
    assert (await call(gateway, "POST", "/api/setup/admin", {"code": code, **FIRST}))[0] == 200


async def test_a_wrong_code_opens_nothing_and_ten_close_the_door(gateway: Running) -> None:
    right = await code_of(gateway)
    for number in range(10):
        where = ("check", "admin", "password")[number % 3]
        answer = await call(gateway, "POST", f"/api/setup/{where}", {"code": f"wrong{number}", **FIRST})
        refused(answer, 403, "invalid_link")
    refused(await call(gateway, "POST", "/api/setup/check", {"code": right}), 429, "too_many_requests")
    gateway.built.clock.move(minutes=16)  # type: ignore[attr-defined]
    assert (await call(gateway, "POST", "/api/setup/check", {"code": right}))[0] == 200


async def test_a_link_is_over_after_seven_days(gateway: Running) -> None:
    code = await code_of(gateway)
    gateway.built.clock.move(seconds=LASTS.total_seconds())  # type: ignore[attr-defined]
    refused(await call(gateway, "POST", "/api/setup/admin", {"code": code, **FIRST}), 403, "invalid_link")
    fresh = await code_of(gateway)
    assert (await call(gateway, "POST", "/api/setup/admin", {"code": fresh, **FIRST}))[0] == 200


async def test_an_admin_of_the_command_line_counts_and_a_left_one_does_not(gateway: Running) -> None:
    code = await code_of(gateway)
    made = await gateway.built.accounts.add_user("szef@shop.pl", "admin", PASSWORD)
    assert not await gateway.built.setup_links.needed()
    refused(await call(gateway, "POST", "/api/setup/admin", {"code": code, **FIRST}), 403, "invalid_link")
    async with gateway.built.database.write() as session:
        (await session.get_one(User, made.id)).active = False
    assert await gateway.built.setup_links.needed()


async def test_codes_passwords_and_tokens_are_not_kept(gateway: Running) -> None:
    code = await code_of(gateway)
    async with gateway.built.database.read() as session:
        assert code not in (await session.scalars(select(SetupLink.code_hash))).one()
    async with gateway.http.post(f"{gateway.url}/api/setup/admin", json={"code": code, **FIRST}) as response:
        token = response.cookies[COOKIE].value
    async with gateway.built.database.read() as session:
        kept = [
            json.dumps({c.key: str(getattr(row, c.key)) for c in table.__table__.columns})
            for table in (User, UserSession, EventRecord, SetupLink)
            for row in await session.scalars(select(table))
        ]
    assert kept and not any(secret in row for secret in (code, token, FIRST["password"]) for row in kept)


# A password with a link


async def invited(gateway: Running, **values: str) -> tuple[Any, str]:
    """An administrator's page, and the code of the link that it got for a new agent."""
    admin = await gateway.agent("szef@sklep.pl", role="admin", name="Ewa Szef")
    body = {"email": "Jan@sklep.pl", "name": "Jan Nowy", "role": "agent", "language": "en", **values}
    status, answer = await admin.call("POST", "/api/studio/users", body)
    assert status == 201 and answer["user"]["invited"] and answer["user"]["link_until"] == answer["expires_at"]
    assert answer["link"].startswith(f"{gateway.url}/setup#")
    return admin, answer["link"].partition("#")[2]


async def test_who_is_invited_chooses_a_password_once(gateway: Running) -> None:
    admin, code = await invited(gateway)
    login = {"email": "jan@sklep.pl", "password": ""}
    for guess in (" ", "x", PASSWORD):
        assert (await call(gateway, "POST", "/api/desk/login", {**login, "password": guess}))[0] in (401, 422)
    status, answer = await call(gateway, "POST", "/api/setup/check", {"code": code})
    known = {"email": "jan@sklep.pl", "name": "Jan Nowy", "role": "agent", "language": "en"}
    assert (status, answer) == (200, {"for": "password", "user": known})
    refused(await call(gateway, "POST", "/api/setup/admin", {"code": code, **FIRST}), 403, "invalid_link")
    weak = await call(gateway, "POST", "/api/setup/password", {"code": code, "password": "jan@sklep.pl"})
    assert refused(weak, 422, "invalid_value")["reason"] == "too_simple"
    chosen = {"code": code, "password": PASSWORD}
    status, answer = await call(gateway, "POST", "/api/setup/password", chosen)
    assert (status, answer["name"], answer["role"]) == (200, "Jan Nowy", "agent")
    refused(await call(gateway, "POST", "/api/setup/password", chosen), 403, "invalid_link")
    assert (await call(gateway, "POST", "/api/desk/login", {**login, "password": PASSWORD}))[0] == 200
    jan = next(one for one in (await admin.get("/api/studio/users"))["users"] if one["email"] == "jan@sklep.pl")
    assert not jan["invited"] and jan["link_until"] is None


async def test_a_new_link_ends_the_older_one_and_log_ins_end_when_it_is_used(gateway: Running) -> None:
    jan = await gateway.agent("jan@sklep.pl")
    admin, _ = await invited(gateway, email="inna@sklep.pl")
    user_id = (await jan.get("/api/desk/me"))["id"]
    codes = []
    for _ in range(2):
        status, answer = await admin.call("POST", f"/api/studio/users/{user_id}/password-link")
        assert status == 201
        codes.append(answer["link"].partition("#")[2])
    assert (await jan.call("GET", "/api/desk/me"))[0] == 200
    refused(await call(gateway, "POST", "/api/setup/check", {"code": codes[0]}), 403, "invalid_link")
    new = {"code": codes[1], "password": "zupełnie inne hasło"}
    assert (await call(gateway, "POST", "/api/setup/password", new))[0] == 200
    assert (await jan.call("GET", "/api/desk/me"))[0] == 401
    old = {"email": "jan@sklep.pl", "password": PASSWORD}
    assert (await call(gateway, "POST", "/api/desk/login", old))[0] == 401
    assert (await admin.call("POST", "/api/studio/users/999/password-link"))[0] == 404


async def test_a_link_of_somebody_who_left_is_over(gateway: Running) -> None:
    admin, code = await invited(gateway)
    jan = next(one for one in (await admin.get("/api/studio/users"))["users"] if one["email"] == "jan@sklep.pl")
    assert (await admin.call("PATCH", f"/api/studio/users/{jan['id']}", {"active": False}))[0] == 200
    refused(await call(gateway, "POST", "/api/setup/check", {"code": code}), 403, "invalid_link")
    again = await admin.call("POST", f"/api/studio/users/{jan['id']}/password-link")
    assert refused(again, 409, "not_possible_now")["reason"] == "user_inactive"


async def test_choosing_a_password_ends_what_this_browser_was_logged_in_as(gateway: Running) -> None:
    admin, code = await invited(gateway)
    before = admin.csrf
    async with admin.http.post(
        f"{gateway.url}/api/setup/password", json={"code": code, "password": PASSWORD}
    ) as response:
        assert response.status == 200
    assert (await admin.get("/api/desk/me"))["name"] == "Jan Nowy"
    admin.csrf = before
    assert (await admin.call("POST", "/api/desk/logout"))[0] == 403
    async with gateway.built.database.read() as session:
        owners = select(User.name).join(UserSession, UserSession.user_id == User.id)
        assert list(await session.scalars(owners)) == ["Jan Nowy"]


# The pages


async def test_the_page_takes_no_code_in_its_address_and_tells_no_other_site(gateway: Running) -> None:
    async with gateway.http.get(f"{gateway.url}/setup") as response:
        text = await response.text()
        assert response.status == 200 and response.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "<style" not in text and "style=" not in text and "onclick" not in text
    for name in ("setup.js", "texts/pl.json", "texts/en.json"):
        async with gateway.http.get(f"{gateway.url}/setup/static/{name}") as response:
            assert response.status == 200, name


def test_the_catalogues_have_the_same_keys() -> None:
    from bot.web.accounts.routes import HERE
    from bot.web.assets import SHARED

    for folder in (HERE / "static" / "texts", SHARED / "texts"):
        polish, english = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("pl", "en"))
        assert all(polish.values()) and all(english.values())
        plain = [{re_form(key) for key in catalogue} for catalogue in (polish, english)]
        assert plain[0] == plain[1]


def re_form(key: str) -> str:
    """A key without its plural form: Polish has more of them."""
    stem, _, form = key.rpartition("_")
    return stem if form in ("one", "few", "many", "other") else key


# What the terminal shows


def links_in(output: str) -> list[str]:
    return re.findall(r"http\S+/setup#(\S+)", output)


async def links_shown(unit: Unit, count: int) -> list[str]:
    """So many links: the gateway answers a moment before the terminal shows them."""
    async with asyncio.timeout(60):
        while len(shown := links_in(unit.output)) < count:
            await asyncio.sleep(0.1)
    return shown


async def test_every_start_shows_a_link_until_there_is_an_administrator(tmp_path: Path) -> None:
    unit = Unit(tmp_path, ("-m", "tests.gateway_process"))
    async with aiohttp.ClientSession() as http:
        for start in range(3):
            unit.start()
            await unit.until("/healthz", 120)
            if start == 1:
                shown = await links_shown(unit, 2)
                # The first start's link works as well as the second's: another gateway may have shown it.
                assert len(set(shown)) == 2
                body = {"code": shown[0], **FIRST}
                async with http.post(f"{unit.url}/api/setup/admin", json=body) as response:
                    assert response.status == 200
            assert unit.stop() == 0
    assert links_in(unit.output) == shown
    log = (tmp_path / "gateway.log").read_text("utf-8")
    assert "first_admin_set_up" in log and not any(code in log for code in shown)
