"""Proof that an order is the customer's: its number with an e-mail, a phone or a postcode, however they are written."""

from typing import Any

import pytest
from sqlalchemy import event

from bot.storage.tables import VerificationAttempt
from tests.conversations.harness import Shop

JAN = "jan.nowicki@example.pl"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pl", "gdzie jest 100567, kod pocztowy 02-134"),
        ("en", "where is order #100567, postcode 02-134"),
        ("pl", "gdzie jest 100567, tel. +48 602 555 102"),
        ("pl", "gdzie jest 100567, telefon 602555102"),
        ("en", "where is order 100567, my phone is 0048 602-555-102"),
        ("pl", "gdzie jest 100567, mail Jan.Nowicki@EXAMPLE.pl"),
        ("pl", "gdzie jest 100567, mail ktos@example.pl lub jan.nowicki@example.pl albo jeszcze inny@example.pl"),
    ],
)
async def test_each_proof_opens_the_order(shop: Shop, language: str, text: str) -> None:
    talk = await shop.talk(language)
    reply = await talk.says(text, "ask_order_status")
    assert "WAW029N" in reply.text, reply.text
    assert await talk.asked() == [] and "602" not in reply.text and JAN not in reply.text


async def test_wrong_postcodes_are_tries_of_that_order(shop: Shop) -> None:
    talk = await shop.talk()
    await talk.says("gdzie jest 100567", "ask_order_status")
    for number in range(4):
        await talk.says(f"kod 00-00{number}", "inform")
        assert (await talk.row()).state == "bot"
    await talk.says("kod 00-009", "inform")
    assert (await talk.row()).handoff["reason"] == "verification_failed"
    hashes = [row.address_hash for row in await talk.all(VerificationAttempt)]
    assert len(hashes) == len(set(hashes)) == 5
    # Five strangers with the same wrong postcode and other orders do not shut out a sixth.
    for order in ("100406", "100554", "100611", "100612", "100613"):
        await (await shop.talk()).says(f"{order}, kod 02-135", "ask_order_status")
    other = await shop.talk()
    await other.says("gdzie jest 100442, kod 02-135", "ask_order_status")
    assert (await other.row()).state == "bot"


async def test_nobody_proves_what_is_known(shop: Shop) -> None:
    talk = await shop.talk(customer_id="K1002")
    await talk.says("gdzie jest 100567", "ask_order_status")
    await talk.says("gdzie jest 100554", "ask_order_status")
    assert await talk.asked() == []


@pytest.mark.parametrize("proof", ["kto@example.pl", "kod 99-999", "tel. 600 100 200"])
async def test_wrong_and_unknown_are_the_same_in_words_and_work(shop: Shop, proof: str) -> None:
    seen: list[list[str]] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen[-1].append(statement)

    replies = []
    await (await shop.talk()).says(f"gdzie jest 100611, {proof}", "ask_order_status")  # what is read once a process
    event.listen(shop.database.engine.sync_engine, "before_cursor_execute", note)
    try:
        for number in ("100610", "999999"):
            seen.append([])
            talk = await shop.talk()
            reply = await talk.says(f"gdzie jest {number}, {proof}", "ask_order_status")
            replies.append((reply.text.replace(number, ""), reply.titles))
    finally:
        event.remove(shop.database.engine.sync_engine, "before_cursor_execute", note)
    assert replies[0] == replies[1]
    assert seen[0] == seen[1], [one for one, other in zip(*seen, strict=False) if one != other][:1]
