"""One's own account over HTTP: profile, password, and the list of one's log-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.web.accounts.devices import device_of
from tests.running import PASSWORD, Agent, Running, running_gateway

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
NEW = "zupełnie inne hasło"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


async def elsewhere(gateway: Running, password: str = PASSWORD, agent: str = PHONE, **headers: str) -> Agent:
    """Ola, logged in in another browser too."""
    client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"User-Agent": agent, **headers})
    gateway.clients.append(client)
    body = {"email": "ola@example.pl", "password": password}
    async with client.post(f"{gateway.url}/api/desk/login", json=body) as response:
        assert response.status == 200, await response.text()
        return Agent(gateway, client, (await response.json())["csrf"])


async def test_name_and_language(gateway: Running) -> None:
    ola = await gateway.agent()
    status, me = await ola.call("PATCH", "/api/desk/me", {"name": " Ola z Działu Zwrotów ", "language": "en"})
    assert (status, me["name"], me["language"], me["csrf"]) == (200, "Ola z Działu Zwrotów", "en", ola.csrf)
    assert await ola.get("/api/desk/me") == me
    assert (await ola.call("PATCH", "/api/desk/me", {}))[1] == me
    for wrong in ({"name": ""}, {"name": "x" * 101}, {"name": "a\u0007"}, {"name": None}, {"language": "de"}):
        assert (await ola.call("PATCH", "/api/desk/me", wrong))[0] == 422, wrong
    await ola.call("PATCH", "/api/desk/me", {"role": "admin", "email": "x@y.pl", "active": False})
    assert await ola.get("/api/desk/me") == me


async def test_a_new_password_ends_the_other_log_ins(gateway: Running) -> None:
    ola, phone = await gateway.agent(), await elsewhere(gateway)
    assert (await ola.call("POST", "/api/desk/password", {"old": PASSWORD, "new": NEW})) == (200, {})
    assert (await ola.call("GET", "/api/desk/me"))[0] == 200
    assert (await phone.call("GET", "/api/desk/me"))[0] == 401
    await elsewhere(gateway, NEW)
    with pytest.raises(AssertionError, match="bad_credentials"):
        await elsewhere(gateway, PASSWORD)


async def test_a_password_is_changed_by_who_knows_it(gateway: Running) -> None:
    ola = await gateway.agent()
    for old, new, field, reason in (
        ("not the old one", NEW, "old", "wrong_password"),
        (PASSWORD, "krótkie", "new", "too_short"),
        (PASSWORD, "ola@example.pl", "new", "too_simple"),
    ):
        status, answer = await ola.call("POST", "/api/desk/password", {"old": old, "new": new})
        details = answer["error"]["details"]
        assert (status, details["field"], details["reason"]) == (422, field, reason)
    for _ in range(9):
        await ola.call("POST", "/api/desk/password", {"old": "wrong", "new": NEW})
    status, answer = await ola.call("POST", "/api/desk/password", {"old": PASSWORD, "new": NEW})
    assert (status, answer["error"]["code"]) == (429, "too_many_requests")


async def test_the_same_password_however_it_is_typed(gateway: Running) -> None:
    ola = await gateway.agent()
    composed, apart = (
        "za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105",
        "zaz\u0307o\u0301\u0142c\u0301 ge\u0328s\u0301la\u0328",
    )
    assert (await ola.call("POST", "/api/desk/password", {"old": PASSWORD, "new": composed}))[0] == 200
    await elsewhere(gateway, apart)


async def test_log_ins_are_listed_and_ended(gateway: Running) -> None:
    ola, phone = await gateway.agent(), await elsewhere(gateway)
    ewa = await gateway.agent("ewa@example.pl")
    found = (await ola.get("/api/desk/sessions"))["sessions"]
    assert {(one["browser"], one["system"], one["current"]) for one in found} == {
        (None, None, True),
        ("Safari", "iPhone", False),
    }
    keys = {"id", "browser", "system", "address", "created_at", "last_seen_at", "current"}
    assert all(set(one) == keys and one["address"] == "127.0.0.1" for one in found)
    other = next(one["id"] for one in found if not one["current"])
    assert (await ewa.call("DELETE", f"/api/desk/sessions/{other}"))[0] == 404
    assert (await phone.call("GET", "/api/desk/me"))[0] == 200
    assert await ola.call("DELETE", f"/api/desk/sessions/{other}") == (200, {})
    assert (await ola.call("DELETE", f"/api/desk/sessions/{other}"))[0] == 404
    assert (await phone.call("GET", "/api/desk/me"))[0] == 401
    for _ in range(2):
        await elsewhere(gateway)
    assert await ola.call("DELETE", "/api/desk/sessions") == (200, {"ended": 2})
    assert len((await ola.get("/api/desk/sessions"))["sessions"]) == 1
    assert (await ewa.call("GET", "/api/desk/me"))[0] == 200


async def test_ending_this_log_in_is_logging_out(gateway: Running) -> None:
    ola = await gateway.agent()
    (mine,) = (await ola.get("/api/desk/sessions"))["sessions"]
    assert (await ola.call("DELETE", f"/api/desk/sessions/{mine['id']}"))[0] == 200
    assert (await ola.call("GET", "/api/desk/me"))[0] == 401


async def test_an_open_desk_closes_when_its_log_in_is_ended_elsewhere(gateway: Running) -> None:
    ola, phone = await gateway.agent(), await elsewhere(gateway)
    async with phone.http.ws_connect(f"{gateway.url}/api/desk/ws") as socket:
        await socket.send_json({"after": 0})
        await ola.call("DELETE", "/api/desk/sessions")
        closed = await socket.receive(timeout=60)
        while closed.type is aiohttp.WSMsgType.TEXT:
            closed = await socket.receive(timeout=60)
        assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 4401)


async def test_logging_in_again_ends_what_this_browser_had(gateway: Running) -> None:
    ola = await gateway.agent()
    body = {"email": "ola@example.pl", "password": PASSWORD}
    async with ola.http.post(f"{gateway.url}/api/desk/login", json=body) as response:
        assert response.status == 200
    assert len((await ola.get("/api/desk/sessions"))["sessions"]) == 1


async def test_a_token_somebody_planted_is_never_taken_over(gateway: Running) -> None:
    planted = "A" * 43
    await gateway.agent()
    ola = await elsewhere(gateway, Cookie=f"tellonce_session={planted}")
    cookies = {cookie.value for cookie in ola.http.cookie_jar}
    assert cookies and planted not in cookies


@pytest.mark.parametrize(
    ("proxies", "passed", "address"),
    [
        ("0", "6.6.6.6", "127.0.0.1"),
        ("1", "6.6.6.6, 10.0.0.7", "10.0.0.7"),
        ("2", "6.6.6.6, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("2", "10.0.0.7", "127.0.0.1"),
    ],
)
async def test_the_address_is_as_far_as_our_own_proxies_vouch(
    tmp_path: Path, proxies: str, passed: str, address: str
) -> None:
    async with running_gateway(tmp_path, settings={"TELLONCE_PROXIES": proxies}) as gateway:
        await gateway.agent()
        ola = await elsewhere(gateway, **{"X-Forwarded-For": passed})
        found = (await ola.get("/api/desk/sessions"))["sessions"]
        assert next(one["address"] for one in found if one["current"]) == address


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
            ("Chrome", "Windows"),
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.5; rv:144.0) Gecko/20100101 Firefox/144.0", ("Firefox", "macOS")),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
            ("Chrome", "Android"),
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", ("Firefox", "Linux")),
        (PHONE, ("Safari", "iPhone")),
        ("", (None, None)),
        ("nobody knows", (None, None)),
    ],
)
def test_devices_in_plain_words(agent: str, device: tuple[str | None, str | None]) -> None:
    assert device_of(agent) == device
