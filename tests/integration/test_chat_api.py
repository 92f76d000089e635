"""The customer's API at its door: what is accepted once, what is refused, and that refusing stores nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from sqlalchemy import func, select

from bot.storage.tables import Button, Message
from tests.fakes import FakeClock
from tests.running import SECRET, Running, running_gateway


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as running:
        yield running


async def stored(gateway: Running) -> int:
    async with gateway.built.database.read() as session:
        query = select(func.count()).select_from(Message).where(Message.sender == "customer")
        return int(await session.scalar(query) or 0)


async def test_a_session_greets_as_a_bot_in_the_asked_language(gateway: Running) -> None:
    polish, english = await gateway.customer("pl"), await gateway.customer("en")
    assert "bot" in polish.messages[0]["text"].lower() and polish.messages[0]["sender"] == "bot"
    assert polish.messages[0]["text"] != english.messages[0]["text"]
    assert polish.messages[0]["buttons"]


async def test_the_same_client_id_is_one_message(gateway: Running) -> None:
    customer = await gateway.customer()
    tries = await asyncio.gather(*(customer.post(client_id="one", text="dzień dobry") for _ in range(5)))
    assert sorted(status for status, _ in tries) == [200, 200, 200, 200, 202]
    assert len({body["message_id"] for _, body in tries}) == 1
    assert await stored(gateway) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"client_id": "x", "text": "a" * 4001}, 413, "text_too_long"),
        ({"client_id": "x", "text": ""}, 422, "invalid_text"),
        ({"client_id": "x", "text": " \n\t "}, 422, "invalid_text"),
        ({"client_id": "x", "text": "a\x00b"}, 422, "invalid_text"),
        ({"client_id": "x", "text": "\x1b[31m"}, 422, "invalid_text"),
        ({"client_id": "x", "text": 5}, 422, "invalid_text"),
        ({"client_id": "x"}, 400, "bad_request"),
        ({"client_id": "x", "text": "a", "button": "b"}, 400, "bad_request"),
        ({"client_id": "", "text": "a"}, 400, "bad_request"),
        ({"client_id": 7, "text": "a"}, 400, "bad_request"),
        ({"text": "a"}, 400, "bad_request"),
        ({"client_id": "x" * 201, "text": "a"}, 400, "bad_request"),
        ({"client_id": "x", "button": "nonsense"}, 409, "button_expired"),
        ({"client_id": "x", "attachment": "nonsense"}, 404, "not_found"),
    ],
)
async def test_what_is_refused_is_not_stored(gateway: Running, body: dict[str, Any], status: int, code: str) -> None:
    customer = await gateway.customer()
    async with gateway.http.post(f"{gateway.url}/api/chat/messages", json=body, headers=customer.headers) as response:
        answer = await response.json()
    assert (response.status, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"] != code, "an error says what to do in words"
    assert await stored(gateway) == 0


@pytest.mark.parametrize("content", [b"\xff\xfe\x00binary", b"not json", b"[1, 2]", b'"text"', b"", b"{" * 9000])
async def test_a_body_that_is_no_json_object_is_refused(gateway: Running, content: bytes) -> None:
    customer = await gateway.customer()
    headers = {**customer.headers, "Content-Type": "application/json"}
    async with gateway.http.post(f"{gateway.url}/api/chat/messages", data=content, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "bad_request"
    assert await stored(gateway) == 0


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}])
async def test_without_the_right_token_there_is_nothing(gateway: Running, headers: dict[str, str]) -> None:
    for method in ("get", "post"):
        async with getattr(gateway.http, method)(f"{gateway.url}/api/chat/messages", headers=headers) as response:
            assert response.status == 401
            assert (await response.json())["error"]["code"] == "unauthorized"


async def test_more_than_ten_messages_in_five_seconds_are_a_flood(gateway: Running) -> None:
    customer = await gateway.customer()
    answers = [await customer.post(text=f"wiadomość {n}") for n in range(11)]
    assert [status for status, _ in answers] == [202] * 10 + [429]
    assert answers[-1][1]["error"]["code"] == "too_many_requests"
    assert await stored(gateway) == 10
    assert isinstance(gateway.built.clock, FakeClock)
    gateway.built.clock.move(seconds=6)
    assert (await customer.post(text="już spokojnie"))[0] == 202


async def test_an_origin_that_is_not_allowed_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_gateway(tmp_path, settings={"TELLONCE_ALLOWED_ORIGINS": "https://szlak.example"}) as gateway:
        for origin, status in (("https://evil.example", 403), ("https://szlak.example", 201), (gateway.url, 201)):
            async with gateway.http.post(
                f"{gateway.url}/api/chat/sessions", json={}, headers={"Origin": origin}
            ) as response:
                assert response.status == status, origin
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await gateway.http.ws_connect(f"{gateway.url}/api/chat/ws", origin="https://evil.example")


async def test_a_second_click_is_told_that_the_button_is_over_and_what_still_works(gateway: Running) -> None:
    customer = await gateway.customer()
    button = customer.messages[0]["buttons"][0]
    assert (await customer.post(button=button["id"]))[0] == 202
    status, body = await customer.post(button=button["id"])
    assert (status, body["error"]["code"]) == (409, "button_expired")
    assert "buttons" in body["error"]["details"]
    async with gateway.built.database.read() as session:
        assert await session.get(Button, button["id"])


async def test_another_customers_button_is_as_good_as_none(gateway: Running) -> None:
    first, second = await gateway.customer(), await gateway.customer()
    status, body = await second.post(button=first.messages[0]["buttons"][0]["id"])
    assert (status, body["error"]["code"]) == (409, "button_expired")


def identity(secret: str = SECRET, **claims: Any) -> str:
    expires = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    return jwt.encode({"sub": "1", "exp": expires, **claims}, secret, algorithm="HS256")


async def test_a_signed_identity_opens_the_same_conversation_again(gateway: Running) -> None:
    first = await gateway.customer(identity=identity(name="Anna Maj", email="anna@example.pl"))
    again = await gateway.customer(identity=identity())
    assert first.conversation_id == again.conversation_id and first.token != again.token
    assert "Anna" in first.messages[0]["text"]


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        5,
        identity("another-secret-of-at-least-32-characters"),
        identity(exp=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
        jwt.encode({"sub": "1"}, SECRET, algorithm="HS256"),
        jwt.encode({"sub": "1", "exp": 9999999999}, "", algorithm="none"),
    ],
    ids=["no token", "a number", "another secret", "over", "without an end", "unsigned"],
)
async def test_an_identity_that_is_not_signed_right_is_refused(gateway: Running, token: Any) -> None:
    async with gateway.http.post(f"{gateway.url}/api/chat/sessions", json={"identity": token}) as response:
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "invalid_identity"


async def test_the_websocket_gives_messages_state_and_acceptance(gateway: Running) -> None:
    customer = await gateway.customer()
    async with gateway.http.ws_connect(f"{gateway.url}/api/chat/ws") as ws:
        await ws.send_json({"token": customer.token, "after": 0})
        assert (await ws.receive_json(timeout=5))["message"]["sender"] == "bot"
        assert await ws.receive_json(timeout=5) == {"type": "state", "owner": "bot", "typing": False}
        await ws.send_json({"client_id": "a", "text": "dzień dobry"})
        await ws.send_str("nonsense")
        frames = []
        while not any(f["type"] == "message" and f["message"]["sender"] == "bot" for f in frames):
            frames.append(await ws.receive_json(timeout=5))
        assert {"type": "accepted", "client_id": "a"}.items() <= next(
            f for f in frames if f["type"] == "accepted"
        ).items()
        assert [f["error"]["code"] for f in frames if f["type"] == "error"] == ["bad_request"]


async def test_typing_ends_when_the_bot_has_answered(gateway: Running) -> None:
    customer = await gateway.customer()
    async with gateway.http.ws_connect(f"{gateway.url}/api/chat/ws") as ws:
        await ws.send_json({"token": customer.token, "after": customer.cursor})
        await ws.receive_json(timeout=5)
        gateway.brain.hold()
        await ws.send_json({"client_id": "a", "text": "dzień dobry"})
        frames = []
        while not any(frame.get("typing") for frame in frames):
            frames.append(await ws.receive_json(timeout=5))
        gateway.brain.release()
        while frames[-1] != {"type": "state", "owner": "bot", "typing": False}:
            frames.append(await ws.receive_json(timeout=5))
        assert any(f["type"] == "message" and f["message"]["sender"] == "bot" for f in frames)


async def test_a_websocket_with_a_wrong_token_is_closed(gateway: Running) -> None:
    async with gateway.http.ws_connect(f"{gateway.url}/api/chat/ws") as ws:
        await ws.send_json({"token": "wrong"})
        assert (await ws.receive_json(timeout=5))["error"]["code"] == "unauthorized"
        await ws.receive(timeout=5)
        assert ws.close_code == 4401


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


async def upload(gateway: Running, headers: dict[str, str], content: bytes, name: str = "but.png") -> tuple[int, Any]:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename=name)
    async with gateway.http.post(f"{gateway.url}/api/chat/attachments", data=form, headers=headers) as response:
        return response.status, await response.json()


async def test_a_photo_goes_into_the_transcript_and_only_its_owner_sees_it(gateway: Running) -> None:
    customer, other = await gateway.customer(), await gateway.customer()
    status, body = await upload(gateway, customer.headers, PNG)
    assert status == 201
    assert (await other.post(attachment=body["id"]))[0] == 404
    assert (await customer.post(attachment=body["id"]))[0] == 202
    assert await customer.news()
    shown = [m for m in customer.messages if m["attachments"]]
    assert shown[0]["attachments"] == [{"id": body["id"], "name": "but.png", "type": "image/png"}]
    url = f"{gateway.url}/api/chat/attachments/{body['id']}"
    async with gateway.http.get(url, headers=customer.headers) as response:
        assert (await response.read(), response.content_type) == (PNG, "image/png")
        assert "sandbox" in response.headers["Content-Security-Policy"]
    async with gateway.http.get(url, headers=other.headers) as response:
        assert response.status == 404


async def test_files_are_known_by_their_content(gateway: Running) -> None:
    customer = await gateway.customer()
    status, body = await upload(gateway, customer.headers, b"<script>alert(1)</script>", "photo.png")
    assert (status, body["error"]["code"]) == (422, "unsupported_file")
    status, body = await upload(gateway, customer.headers, PNG + b"0" * (10 * 2**20))
    assert (status, body["error"]["code"]) == (413, "too_large")


async def test_what_must_not_be_stored_is_masked_first(gateway: Running) -> None:
    customer = await gateway.customer()
    await customer.says("moja karta to 4111 1111 1111 1111, pesel 44051401359, zamówienie 100311")
    text = next(m["text"] for m in customer.messages if m["sender"] == "customer")
    assert "4111 1111" not in text and "44051401359" not in text and "100311" in text


async def test_errors_speak_the_language_of_the_page(gateway: Running) -> None:
    words = []
    for language in ("pl", "en"):
        async with gateway.http.get(
            f"{gateway.url}/api/chat/messages", headers={"Accept-Language": language}
        ) as response:
            words.append((await response.json())["error"]["message"])
    assert words[0] != words[1]


async def test_unknown_routes_and_methods_answer_in_the_contracts_form(gateway: Running) -> None:
    async with gateway.http.get(f"{gateway.url}/api/nothing") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (404, "not_found")
    async with gateway.http.delete(f"{gateway.url}/api/chat/messages") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (405, "method_not_allowed")
    for channel in ("telegram", "messenger", "shop"):
        async with gateway.http.post(f"{gateway.url}/webhooks/{channel}", json={}) as response:
            assert (response.status, (await response.json())["error"]["code"]) == (404, "channel_not_configured")


async def test_health_readiness_and_metrics(gateway: Running) -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 200)):
        async with gateway.http.get(gateway.url + path) as response:
            assert response.status == status
    gateway.brain.is_ready = False
    async with gateway.http.get(gateway.url + "/readyz") as response:
        assert response.status == 503
        assert await response.json() == {"status": "not ready", "database": True, "brain": False}
