"""What was promised is kept, or broken where everybody sees it: once, whatever dies in between."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.conversation import State
from bot.services import watching
from bot.services.bell import LocalBell
from bot.storage.shop import Complaint, Product, Return, Variant
from bot.storage.tables import Button, ChannelLink, Conversation, Delivery, Message, Promise
from tests.conversations.harness import Shop, Talk, open_shop

GRANIT = "GRANIT-43-BRA"
WISH = {
    "pl": "powiadom, gdy będzie Granit 43 brązowy",
    "en": "tell me when the Granit in 43 brown is back",
}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


async def a_round(shop: Shop) -> int:
    return await watching.run(shop.database, shop.clock, shop.responses, LocalBell(), shop.turns.rules)


async def delivered(shop: Shop, sku: str = GRANIT, pieces: int = 3) -> None:
    """What an import or a cancelled order does."""
    async with shop.database.write() as session:
        await session.execute(update(Variant).where(Variant.sku == sku).values(stock=pieces, reserved=0))


async def change(shop: Shop, table: Any, number: Any, **values: Any) -> None:
    async with shop.database.write() as session:
        row = await session.get_one(table, number)
        for key, value in values.items():
            setattr(row, key, value)


async def said(talk: Talk, kind: str = "message") -> list[Message]:
    """What the system said in a conversation by itself."""
    rows = await talk.all(Message)
    return [row for row in rows if row.conversation_id == talk.id and row.sender == "system" and row.kind == kind]


async def promise(talk: Talk) -> Promise:
    async with talk.shop.database.read() as session:
        mine = select(Promise).where(Promise.conversation_id == talk.id, Promise.kind != "human_reply")
        found: Promise = (await session.scalars(mine)).one()
    return found


async def first(shop: Shop, table: Any) -> Any:
    async with shop.database.read() as session:
        return (await session.scalars(select(table).order_by(table.number).limit(1))).one()


async def promised(shop: Shop, kind: str, language: str = "en", **details: Any) -> Talk:
    """A conversation in which that was promised for tomorrow."""
    talk = await shop.talk(language)
    async with shop.database.write() as session:
        due = shop.clock.now() + dt.timedelta(days=1)
        session.add(
            Promise(conversation_id=talk.id, kind=kind, details=details, due_at=due, created_at=shop.clock.now())
        )
    return talk


@pytest.mark.parametrize(("language", "words"), [("pl", "znowu jest"), ("en", "is back")])
async def test_goods_that_are_back_are_told_of_once(shop: Shop, language: str, words: str) -> None:
    talk = await shop.talk(language)
    await talk.says(WISH[language], "notify_restock")
    assert await a_round(shop) == 0 and not await said(talk)
    await delivered(shop)
    # Two gateways at once, and again later: one message.
    assert sum(await asyncio.gather(a_round(shop), a_round(shop), a_round(shop))) == 1
    assert await a_round(shop) == 0
    (told,) = await said(talk)
    assert words in told.text and "43" in told.text and "3" in told.text and told.cards[0]["url"]
    assert (await promise(talk)).kept_at == shop.clock.now()
    answer = await talk.presses("Dostępność" if language == "pl" else "Availability")
    assert "43" in answer.text
    # The news is what is talked about now.
    assert "649" in (await talk.says("ile kosztuje?" if language == "pl" else "how much is it?", "ask_price")).text


async def test_everybody_who_waits_is_told_and_nothing_is_promised_to_them(shop: Shop) -> None:
    talks = [await shop.talk("pl") for _ in range(3)]
    for talk in talks:
        await talk.says(WISH["pl"], "notify_restock")
    await delivered(shop, pieces=1)
    assert await a_round(shop) == 3
    assert ["nic nie jest zarezerwowane" in (await said(talk))[0].text for talk in talks] == [True] * 3


async def test_killed_before_the_commit_it_is_told_by_the_next_round(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await shop.talk("en")
    await talk.says(WISH["en"], "notify_restock")
    await delivered(shop)
    real = watching.load_ledger

    async def killed(*_: Any) -> Any:
        raise KeyboardInterrupt  # the last thing that happens in the transaction

    monkeypatch.setattr(watching, "load_ledger", killed)
    with pytest.raises(KeyboardInterrupt):
        await a_round(shop)
    assert not await said(talk) and (await promise(talk)).kept_at is None
    monkeypatch.setattr(watching, "load_ledger", real)
    assert await a_round(shop) == 1 and await a_round(shop) == 0
    assert len(await said(talk)) == 1


@pytest.mark.parametrize("state", [State.WAITING, State.ASSIGNED, State.SNOOZED])
async def test_a_human_who_has_the_conversation_hears_it_and_the_customer_after_them(shop: Shop, state: State) -> None:
    talk = await shop.talk("en")
    await talk.says(WISH["en"], "notify_restock")
    await change(shop, Conversation, talk.id, state=state.value)
    await delivered(shop)
    assert await a_round(shop) == 1 and await a_round(shop) == 0
    assert not await said(talk) and len(await said(talk, "note")) == 1 and (await promise(talk)).kept_at is None
    await change(shop, Conversation, talk.id, state=State.BOT.value)
    assert await a_round(shop) == 1
    assert len(await said(talk)) == 1


async def link(shop: Shop, talk: Talk, channel: str, silent: dt.timedelta) -> None:
    """The customer's only way in is this channel, and that long ago they wrote there."""
    async with shop.database.write() as session:
        rows = await session.scalars(select(ChannelLink).where(ChannelLink.conversation_id == talk.id))
        for row in rows:
            row.channel, row.last_seen_at = channel, shop.clock.now() - silent


@pytest.mark.parametrize(
    ("channel", "silent", "email", "to"),
    [
        ("web", 0, "jan@example.pl", []),
        ("web", 3600, "jan@example.pl", ["email"]),
        ("web", 3600, None, []),
        ("telegram", 90_000, "jan@example.pl", ["telegram"]),
        ("messenger", 3600, None, ["messenger"]),
        ("messenger", 90_000, "jan@example.pl", ["email"]),
    ],
)
async def test_the_news_takes_the_channel_that_takes_it(
    shop: Shop, channel: str, silent: int, email: str | None, to: list[str]
) -> None:
    talk = await shop.talk("en")
    await talk.says(f"{WISH['en']} {email or ''}", "notify_restock")
    await link(shop, talk, channel, dt.timedelta(seconds=silent))
    await delivered(shop)
    assert await a_round(shop) == 1 and (await promise(talk)).kept_at is not None
    (told,) = await said(talk)
    links = {row.id: row.channel for row in await talk.all(ChannelLink)}
    assert [links[row.link_id] for row in await talk.all(Delivery) if row.message_id == told.id] == to


async def test_nobody_is_left_untold_where_messenger_takes_no_more_from_a_bot(shop: Shop) -> None:
    talk = await shop.talk("en")
    await talk.says(WISH["en"], "notify_restock")
    await link(shop, talk, "messenger", dt.timedelta(days=2))
    await delivered(shop)
    await a_round(shop)
    row = await talk.row()
    assert (row.state, row.handoff["reason"]) == ("waiting", "promise") and not await said(talk)
    assert (await promise(talk)).kept_at is None


@pytest.mark.parametrize(("language", "words"), [("pl", "opóźnia"), ("en", "late")])
async def test_a_delivery_that_did_not_come_is_told_and_watched_on(shop: Shop, language: str, words: str) -> None:
    talk = await shop.talk(language)
    await talk.says(WISH[language], "notify_restock")
    due = (await promise(talk)).due_at
    shop.clock.move(days=10)
    assert await a_round(shop) == 1 and await a_round(shop) == 0
    (told,) = await said(talk)
    now = await promise(talk)
    assert words in told.text and now.due_at > shop.clock.now() and now.details["broken"] == due.isoformat()
    await delivered(shop)
    await a_round(shop)
    assert len(await said(talk)) == 2 and (await promise(talk)).kept_at is not None


async def test_what_is_sold_no_more_is_not_waited_for(shop: Shop) -> None:
    talk = await shop.talk("pl")
    await talk.says(WISH["pl"], "notify_restock")
    await change(shop, Product, "buty-granit", active=False)
    assert await a_round(shop) == 1 and await a_round(shop) == 0
    assert "nie będzie" in (await said(talk))[0].text


async def test_a_withdrawn_wish_is_never_told(shop: Shop) -> None:
    talk = await shop.talk("pl")
    await talk.says(WISH["pl"], "notify_restock")
    await talk.says("już nie chcę powiadomienia", "notify_restock")
    await delivered(shop)
    assert await a_round(shop) == 0 and not await said(talk)


async def test_the_shops_data_keep_promises(shop: Shop) -> None:
    refund, complaint = await first(shop, Return), await first(shop, Complaint)
    await change(shop, Return, refund.number, refunded_at=None, status="received")
    await change(shop, Complaint, complaint.number, answered_at=None)
    talks = [
        await promised(shop, "refund", number=refund.number),
        await promised(shop, "complaint_answer", number=complaint.number),
    ]
    assert await a_round(shop) == 0
    now = shop.clock.now()
    await change(shop, Return, refund.number, refunded_at=now, status="refunded")
    await change(shop, Complaint, complaint.number, answered_at=now)
    shop.clock.move(days=2)
    assert await a_round(shop) == 2
    assert [(await promise(talk)).kept_at for talk in talks] == [now, now]
    assert [(await talk.row()).state for talk in talks] == ["bot", "bot"] and not await said(talks[0])


@pytest.mark.parametrize("kind", ["refund", "complaint_answer", "callback"])
@pytest.mark.parametrize("language", ["pl", "en"])
async def test_an_overdue_promise_becomes_a_humans_work_once(shop: Shop, kind: str, language: str) -> None:
    talk = await promised(shop, kind, language, number="R-1")
    shop.clock.move(days=2)
    assert await a_round(shop) == 1 and await a_round(shop) == 0
    row = await talk.row()
    assert (row.state, row.handoff["reason"]) == ("waiting", "promise") and row.handoff["text"]
    assert len(await said(talk)) == 1 and "human_reply" in await talk.promises()
    live = [button.payload for button in await talk.all(Button) if button.conversation_id == talk.id]
    assert live == ["/back_to_bot"]
    # Back with the bot, the broken promise stays broken and calls nobody a second time.
    await change(shop, Conversation, talk.id, state=State.BOT.value)
    assert await a_round(shop) == 0


async def test_a_human_at_work_is_not_called_again(shop: Shop) -> None:
    talk = await promised(shop, "refund", number="R-1")
    await change(shop, Conversation, talk.id, state=State.ASSIGNED.value)
    shop.clock.move(days=2)
    assert await a_round(shop) == 0 and not await said(talk)


async def test_a_call_that_was_made_is_kept_when_the_case_is_closed(shop: Shop) -> None:
    talk = await promised(shop, "callback", phone="+48601234567")
    await change(shop, Conversation, talk.id, state=State.RESOLVED.value)
    shop.clock.move(days=2)
    assert await a_round(shop) == 1 and (await promise(talk)).kept_at is not None
    assert (await talk.row()).state == "resolved" and not await said(talk)


async def test_money_for_goods_that_were_never_sent_back_is_not_late(shop: Shop) -> None:
    back = await first(shop, Return)
    await change(shop, Return, back.number, refunded_at=None, status="opened")
    talk = await promised(shop, "refund", number=back.number)
    shop.clock.move(days=2)
    assert await a_round(shop) == 0 and (await talk.row()).state == "bot"
    await change(shop, Return, back.number, status="received")
    assert await a_round(shop) == 1 and (await talk.row()).state == "waiting"
