"""Staff accounts: log-in, and its limits in time and in tries."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import func, select

from bot.domain.errors import BadCredentials, InvalidValue, TooManyRequests, Unauthorized
from bot.services.accounts import Accounts
from bot.services.passwords import Passwords
from bot.services.setup_links import SetupLinks
from bot.setting_up import sample_staff
from bot.storage.tables import EventRecord, User, UserSession
from tests.desk_world import PASSWORD, QUICK, World


async def test_a_user_logs_in_and_out(world: World) -> None:
    ola = await world.accounts.add_user(" Ola@Shop.PL ", "agent", PASSWORD)
    assert (ola.email, ola.name) == ("ola@shop.pl", "Ola")
    token, csrf, user = await world.accounts.log_in("OLA@shop.pl", PASSWORD, "1.1.1.1")
    assert user.id == ola.id
    known, login = await world.accounts.authenticate(token)
    assert (known.id, login.csrf) == (ola.id, csrf)
    await world.accounts.log_out(token)
    with pytest.raises(Unauthorized):
        await world.accounts.authenticate(token)


async def test_neither_the_token_nor_the_password_is_stored(world: World) -> None:
    await world.user("Ola")
    token, _, _ = await world.accounts.log_in("ola@shop.pl", PASSWORD, "1.1.1.1")
    async with world.database.read() as session:
        stored = (await session.scalars(select(UserSession.token_hash))).one()
        hashed = (await session.scalars(select(User.password_hash))).one()
        logins = await session.scalar(select(func.count()).where(EventRecord.kind == "login"))
    assert token not in stored and hashed.startswith("$argon2id$") and PASSWORD not in hashed
    assert logins == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "a b@shop.pl"),
        ("email", "a" * 250 + "@shop.pl"),
        ("role", "boss"),
        ("password", "short pas"),
        ("password", "x" * 1001),
        ("password", "aaaaaaaaaaaa"),
        ("password", "1234567890"),
        ("password", "OLA@shop.pl"),
        ("name", "x" * 101),
        ("name", "Ola\x07"),
        ("language", "de"),
    ],
)
async def test_what_is_wrong_with_a_new_user_is_said(world: World, field: str, value: str) -> None:
    given = {"email": "ola@shop.pl", "role": "agent", "password": PASSWORD, field: value}
    with pytest.raises(InvalidValue) as caught:
        await world.accounts.add_user(**given)
    assert caught.value.details["field"] == field and caught.value.details["reason"] and caught.value.message


async def test_an_email_is_taken_once(world: World) -> None:
    await world.user("Ola")
    with pytest.raises(InvalidValue):
        await world.accounts.add_user("OLA@shop.pl", "admin", PASSWORD)


async def test_wrong_password_unknown_email_and_left_staff_look_the_same(world: World) -> None:
    await world.user("Ola")
    gone = await world.user("Gone")
    async with world.database.write() as session:
        (await session.get_one(User, gone.id)).active = False
    for email, password in [("ola@shop.pl", "wrong pass"), ("nobody@shop.pl", PASSWORD), ("gone@shop.pl", PASSWORD)]:
        with pytest.raises(BadCredentials) as caught:
            await world.accounts.log_in(email, password, "1.1.1.1")
        assert not caught.value.details


async def test_an_unknown_email_costs_a_hash_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    class Counting(type(QUICK)):  # type: ignore[misc]
        def verify(self, known: str, password: str) -> bool:
            verified.append(known)
            return bool(super().verify(known, password))

    accounts = Accounts(world.database, world.clock, hasher=Counting(time_cost=1, memory_cost=8, parallelism=1))
    await accounts.add_user("ola@shop.pl", "agent", PASSWORD)
    for email in ("ola@shop.pl", "nobody@shop.pl"):
        with pytest.raises(BadCredentials):
            await accounts.log_in(email, "wrong pass", "1.1.1.1")
    assert len(verified) == 2 and all(known.startswith("$argon2id$") for known in verified)


async def fail(world: World, email: str, ip: str) -> None:
    with pytest.raises(BadCredentials):
        await world.accounts.log_in(email, "wrong pass", ip)


async def test_ten_failed_tries_close_an_email_for_a_quarter_of_an_hour(world: World) -> None:
    await world.user("Ola")
    for number in range(10):
        await fail(world, "ola@shop.pl", f"1.1.1.{number}")
        world.clock.move(seconds=1)
    with pytest.raises(TooManyRequests) as caught:
        await world.accounts.log_in("ola@shop.pl", PASSWORD, "2.2.2.2")
    assert caught.value.values["retry_after"] == 15 * 60 - 10
    world.clock.move(seconds=15 * 60 - 10)
    await world.accounts.log_in("ola@shop.pl", PASSWORD, "2.2.2.2")


async def test_ten_failed_tries_close_an_address_and_a_success_does_not_open_it(world: World) -> None:
    await world.user("Ola")
    for number in range(9):
        await fail(world, f"guess{number}@shop.pl", "1.1.1.1")
    await world.accounts.log_in("ola@shop.pl", PASSWORD, "1.1.1.1")
    await fail(world, "guess9@shop.pl", "1.1.1.1")
    with pytest.raises(TooManyRequests):
        await world.accounts.log_in("ola@shop.pl", PASSWORD, "1.1.1.1")
    await world.accounts.log_in("ola@shop.pl", PASSWORD, "2.2.2.2")


async def test_tries_sent_at_once_are_counted_at_once(world: World) -> None:
    await world.user("Ola")
    tries = [world.accounts.log_in("ola@shop.pl", "wrong pass", "1.1.1.1") for _ in range(30)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, BadCredentials) for result in results) == 10
    assert sum(isinstance(result, TooManyRequests) for result in results) == 20


async def test_a_log_in_slides_while_it_is_used_and_ends_after_a_week(world: World) -> None:
    await world.user("Ola")
    token, _, _ = await world.accounts.log_in("ola@shop.pl", PASSWORD, "1.1.1.1")
    for _ in range(15):  # 165 hours of the 168
        world.clock.move(hours=11)
        await world.accounts.authenticate(token)
    world.clock.move(hours=3)
    with pytest.raises(Unauthorized):
        await world.accounts.authenticate(token)


async def test_a_log_in_nobody_uses_ends_after_twelve_hours(world: World) -> None:
    await world.user("Ola")
    token, _, _ = await world.accounts.log_in("ola@shop.pl", PASSWORD, "1.1.1.1")
    world.clock.move(hours=11)
    await world.accounts.authenticate(token, seen=False)
    world.clock.move(hours=1)
    with pytest.raises(Unauthorized):
        await world.accounts.authenticate(token)


async def test_being_seen_is_written_at_most_once_a_minute(world: World) -> None:
    await world.user("Ola")
    token, _, _ = await world.accounts.log_in("ola@shop.pl", PASSWORD, "1.1.1.1")
    began = world.clock.now()
    world.clock.move(seconds=59)
    user, _ = await world.accounts.authenticate(token)
    assert user.last_seen_at == began
    world.clock.move(seconds=1)
    user, login = await world.accounts.authenticate(token)
    assert user.last_seen_at == login.last_seen_at == world.clock.now()


@pytest.mark.parametrize("token", [None, "", "nonsense"])
async def test_no_token_is_nobody(world: World, token: str | None) -> None:
    with pytest.raises(Unauthorized):
        await world.accounts.authenticate(token)


async def test_the_sample_shop_gets_an_agent_and_a_manager_once_and_nobody_who_administers(world: World) -> None:
    made = await sample_staff(world.accounts)
    assert [login.role for login in made] == ["agent", "manager"]
    assert len({login.password for login in made}) == 2
    for login in made:
        await world.accounts.log_in(login.email, login.password, "1.1.1.1")
    assert await sample_staff(world.accounts) == []
    assert await SetupLinks(world.database, world.clock, world.accounts).needed()


async def test_a_hash_of_other_costs_is_made_anew_at_the_next_log_in(world: World) -> None:
    await world.user("Ola")
    dearer = Accounts(world.database, world.clock, hasher=PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    await dearer.log_in("ola@shop.pl", PASSWORD, "1.1.1.1")
    async with world.database.read() as session:
        hashed = (await session.scalars(select(User.password_hash))).one()
    assert "m=16,t=2" in hashed
    await dearer.log_in("ola@shop.pl", PASSWORD, "1.1.1.1")


def test_passwords_cost_what_is_recommended() -> None:
    hasher = Passwords()._hasher
    assert (hasher.type, hasher.time_cost, hasher.memory_cost) == (Type.ID, 3, 64 * 1024)
