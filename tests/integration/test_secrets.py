"""PESELs, card and account numbers: nothing that is stored or logged holds one, whichever way it came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.storage.base import Base
from bot.storage.tables import Attachment, Conversation, Message
from tests.phones import Shop, answered, telegram_shop

DATABASES = ("sqlite",)  # its files are read whole

CARD, PESEL, IBAN = "4111 1111 1111 1111", "44051401359", "27 1140 2004 0000 3002 0135 5387"
TEXT = f"My card is {CARD} 12/29, PESEL {PESEL}, refund to PL{IBAN} please. Order 100311, tel. 601 234 567"
KEPT = "My card is ••••1111 12/29, PESEL ••••1359, refund to ••••5387 please. Order 100311, tel. 601 234 567"
ACCOUNT = "PL27114020040000300201355387"
OTHER = "61109010140000071219812874"
CLEAR = (CARD, CARD.replace(" ", ""), PESEL, IBAN, IBAN.replace(" ", ""))


async def test_a_database_and_its_log_never_hold_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with telegram_shop(tmp_path, mode="webhook") as shop:
        customer = await shop.running.customer("en")
        await customer.says(TEXT)
        assert await uploaded(shop, customer.headers, f"scan {CARD}.png") == "scan ••••1111.png"
        anna = shop.telegram.users.add(7)
        await answered(anna, lambda: anna.say("/start"))
        await answered(anna, lambda: anna.say(TEXT))
        await answered(anna, lambda: anna.document(b"%PDF-1.7 x", f"{PESEL}.pdf"))
        kept = [row.text for row in await shop.rows(Message) if row.sender == "customer"]
        assert kept.count(KEPT) == 2
        assert sorted(row.name for row in await shop.rows(Attachment)) == ["scan ••••1111.png", "••••1359.pdf"]
        # A refund needs the account: it has a column of its own, and nothing else has it.
        accounts = [row.refund_account for row in await conversations(shop)]
        assert accounts == [ACCOUNT, ACCOUNT]
        assert await holders(shop, IBAN.replace(" ", "")) == {"conversations.refund_account"}
        assert await holders(shop, IBAN) == set()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*.db*"))
    assert "••••1359".encode() in stored  # these are the files
    log = capsys.readouterr()
    for secret in (CARD, CARD.replace(" ", ""), PESEL, IBAN):
        assert secret.encode() not in stored
    assert not [secret for secret in CLEAR if secret in log.out + log.err]


async def test_an_account_in_the_first_words_of_a_chat_or_in_a_correction_is_kept(tmp_path: Path) -> None:
    async with telegram_shop(tmp_path, mode="webhook") as shop:
        anna = shop.telegram.users.add(7)
        await answered(anna, lambda: anna.say(f"Proszę o zwrot na konto {IBAN}"))
        first = next(message for message in anna.messages if not message["from"]["is_bot"])
        assert [row.refund_account for row in await conversations(shop)] == [ACCOUNT]
        anna.edit(first["message_id"], f"Proszę o zwrot na konto {OTHER}, karta {CARD}")
        told = await shop.eventually(lambda: shop.rows(Message), lambda rows: any(row.edits for row in rows))
        (edited,) = (row for row in told if row.edits)
        assert edited.text == "Proszę o zwrot na konto ••••2874, karta ••••1111"
        assert [edit["text"] for edit in edited.edits] == ["Proszę o zwrot na konto ••••5387"]
        assert [row.refund_account for row in await conversations(shop)] == [f"PL{OTHER}"]
        assert await holders(shop, OTHER) == {"conversations.refund_account"}
        assert await holders(shop, CARD) == set()


async def uploaded(shop: Shop, headers: dict[str, str], name: str) -> str:
    form = aiohttp.FormData()
    form.add_field("file", b"\x89PNG\r\n\x1a\n" + b"0" * 500, filename=name, content_type="image/png")
    gateway = shop.running
    async with gateway.http.post(f"{gateway.url}/api/chat/attachments", data=form, headers=headers) as response:
        body = await response.json()
        assert response.status == 201, body
    rows = await shop.rows(Attachment)
    return next(str(row.name) for row in rows if row.id == body["id"])


async def conversations(shop: Shop) -> list[Conversation]:
    async with shop.database.read() as session:
        return list(await session.scalars(select(Conversation).order_by(Conversation.created_at)))


async def holders(shop: Shop, secret: str) -> set[str]:
    """The columns of any table with `secret` in one of their values."""
    found = set()
    async with shop.database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows: Any = await session.execute(select(table))
            for row in rows.mappings():
                for column, value in row.items():
                    if secret in json.dumps(value, default=str):
                        found.add(f"{table.name}.{column}")
    return found
