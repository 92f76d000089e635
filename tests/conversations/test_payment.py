"""Paying and invoices: what is still to pay, what went wrong, and whose name is on the invoice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import update

from bot.storage.shop import Customer, Invoice, Order
from bot.storage.tables import Attachment, Promise
from tests.conversations.harness import Shop

ANNA, EMILY, PIOTR = "anna.kowalska@example.pl", "emily.carter@example.pl", "piotr.pawlowski@example.pl"
BOTH = pytest.mark.parametrize("language", ["pl", "en"])
YES = {"pl": "tak", "en": "yes"}
NIP, OTHER_NIP, BAD_NIP = "1234563218", "9997806909", "1234563219"


# What is to pay


@BOTH
@pytest.mark.parametrize("intent", ["ask_payment_methods", "report_payment_problem", "ask_order_status"])
async def test_what_is_still_to_pay_and_how_long(shop: Shop, language: str, intent: str) -> None:
    talk = await shop.talk(language)
    text = {"pl": "czy muszę jeszcze zapłacić za", "en": "do I still have to pay for"}[language]
    told = await talk.says(f"{text} 100584? {ANNA}", intent, language=language)
    assert "776" in told.text and "PL61 1090" in told.text and "100584" in told.text
    # Ordered 50 hours before the 16th of June, kept for the shop's seven days.
    assert {"pl": "21 czerwca", "en": "21 June"}[language] in told.text
    assert await talk.asked() == []


@BOTH
async def test_a_failed_payment_is_tried_again(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1003")
    text = {"pl": "płatność za 100650 nie przeszła", "en": "the payment for 100650 did not work"}[language]
    told = await talk.says(text, "report_payment_problem", language=language)
    assert {"pl": "nie powiodła się", "en": "failed"}[language] in told.text and "858" in told.text
    assert {"pl": "z linku w e-mailu", "en": "with the link"}[language] in told.text
    assert {"Sposoby płatności", "Payment methods"} & set(told.titles) or len(told.titles) >= 2


async def test_time_to_pay_is_over(shop: Shop) -> None:
    shop.clock.move(days=8)
    talk = await shop.talk("en", customer_id="K1003")
    assert (
        "ended" in (await talk.says("do I still have to pay for 100650?", "report_payment_problem", language="en")).text
    )


@BOTH
async def test_paid_twice_is_promised_back(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    text = {"pl": "zapłaciłem dwa razy za 100463", "en": "I paid twice for 100463"}[language]
    told = await talk.says(f"{text}, {PIOTR}", "report_payment_problem", language=language)
    assert (await talk.row()).handoff["reason"] == "policy" and "966" in told.text
    [promise] = [promise for promise in await talk.all(Promise) if promise.kind == "refund"]
    assert promise.details == {"number": "100463", "amount": "1966.00"}


@BOTH
@pytest.mark.parametrize("proof", ["file", "words", "none"])
async def test_the_customer_says_paid_and_the_shop_does_not(shop: Shop, language: str, proof: str) -> None:
    talk = await shop.talk(language)
    text = {
        "pl": "zapłaciłam za 100584 przelewem, a dalej widzę nieopłacone",
        "en": "I paid for 100584 and it still says unpaid",
    }[language]
    asked = await talk.says(f"{text}, {ANNA}", "report_payment_problem", language=language)
    assert {"pl": "oczekiwana", "en": "awaited"}[language] in asked.text and (await talk.row()).state == "bot"
    if proof == "file":
        await talk.sends("potwierdzenie.pdf", intent="attachment")
        assert [file.case_number for file in await talk.all(Attachment)] == ["100584"]
    elif proof == "words":
        await talk.says("transakcja TX-88123 z wczoraj", "inform", language=language)
    else:
        await talk.presses(asked.titles[-1])
    assert (await talk.row()).handoff["reason"] == "policy"
    wish = (await talk.facts())["wish"]
    assert "100584" in wish and ("TX-88123" in wish) == (proof == "words") and ("1 files" in wish) == (proof == "file")
    assert await talk.asked_twice() == 0


@BOTH
async def test_charged_twice_but_one_payment_is_seen(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    text = {"pl": "pobrało mi dwa razy za 100552", "en": "I was charged twice for 100552"}[language]
    asked = await talk.says(f"{text}, {ANNA}", "report_payment_problem", language=language)
    assert "826" in asked.text and {"pl": "jedną płatność", "en": "one payment"}[language] in asked.text
    fine = await shop.talk(language)
    told = await fine.says(f"100552 {ANNA}", "report_payment_problem", language=language)
    assert {"pl": "zaksięgowana", "en": "booked"}[language] in told.text and (await fine.row()).state == "bot"


# Invoices


@BOTH
async def test_an_invoice_for_a_company_told_in_any_order(shop: Shop, language: str) -> None:
    talk = await shop.talk(language)
    text = {"pl": "poproszę fakturę na firmę do 100552", "en": "an invoice for my company for 100552 please"}[language]
    asked = await talk.says(f"{text}, {ANNA}", "request_invoice", language=language)
    assert "NIP" in asked.text
    aside = await talk.says(
        {"pl": "a ile trwa dostawa?", "en": "how long is delivery?"}[language],
        "ask_delivery_options",
        language=language,
    )
    assert "NIP" in aside.text, "asked again after the interruption"
    await talk.says("NIP 123-456-32-18", "inform", language=language)
    asked = await talk.says("Wichura sp. z o.o., ul. Polna 5/2, 30-060 Kraków", "inform", language=language)
    assert "Wichura sp. z o.o." in asked.text and "ul. Polna 5/2, 30-060 Kraków" in asked.text and NIP in asked.text
    await talk.says(YES[language], "affirm", language=language)
    [made] = [item for item in await talk.all(Invoice) if item.order_number == "100552"]
    assert (made.nip, made.company, made.address) == (NIP, "Wichura sp. z o.o.", "ul. Polna 5/2, 30-060 Kraków")
    assert (made.status, made.total) == ("requested", Decimal("826.00"))
    again = await talk.says(
        {"pl": "gdzie faktura?", "en": "where is the invoice?"}[language], "request_invoice", language=language
    )
    assert made.number in again.text
    assert await talk.asked_twice() == 0


@BOTH
async def test_name_and_address_one_by_one_and_a_private_person(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1001")
    await talk.says(f"100552 NIP {NIP}", "request_invoice", language=language)
    asked = await talk.says("Wichura sp. z o.o.", "inform", language=language)
    assert {"pl": "adres", "en": "address"}[language] in asked.text
    asked = await talk.says("Polna 5, 30-060 Kraków", "inform", language=language)
    assert "Polna 5, 30-060 Kraków" in asked.text
    refused = await talk.says({"pl": "nie", "en": "no"}[language], "deny", language=language)
    assert refused.titles and not [item for item in await talk.all(Invoice) if item.order_number == "100552"]

    private = await shop.talk(language, customer_id="K1002")
    await private.says("100554", "request_invoice", language=language)
    await private.says({"pl": "na osobę prywatną", "en": "for a private person"}[language], "inform", language=language)
    await private.says(YES[language], "affirm", language=language)
    [made] = [item for item in await private.all(Invoice) if item.order_number == "100554"]
    assert (made.nip, made.company) == (None, "Jan Nowicki")


@BOTH
async def test_a_wrong_nip_is_pointed_out_twice_then_a_human(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1001")
    text = {"pl": "faktura do 100552 na NIP", "en": "invoice for 100552, NIP"}[language]
    first = await talk.says(f"{text} {BAD_NIP}", "request_invoice", language=language)
    assert {"pl": "cyfra kontrolna", "en": "check digit"}[language] in first.text
    second = await talk.says("9997806900", "inform", language=language)
    assert second.text == first.text and (await talk.row()).state == "bot"
    await talk.says("1111111112", "inform", language=language)
    assert (await talk.row()).handoff["reason"] == "policy" and "1111111112" in (await talk.facts())["wish"]

    right = await shop.talk(language, customer_id="K1001")
    await right.says(f"{text} {BAD_NIP}", "request_invoice", language=language)
    asked = await right.says(f"oj, {NIP}", "inform", language=language)
    assert {"pl": "nazwę i adres", "en": "name and address"}[language] in asked.text


@BOTH
async def test_an_account_with_company_data_is_only_confirmed(shop: Shop, language: str) -> None:
    async with shop.database.write() as session:
        await session.execute(
            update(Customer).where(Customer.id == "K1001").values(nip=OTHER_NIP, company="Turnia s.c.")
        )
    talk = await shop.talk(language, customer_id="K1001")
    text = {"pl": "faktura vat do 100552", "en": "VAT invoice for 100552"}[language]
    asked = await talk.says(text, "request_invoice", language=language)
    assert "Turnia s.c." in asked.text and OTHER_NIP in asked.text
    assert await talk.asked() == ["invoice_confirm"]


@BOTH
@pytest.mark.parametrize(
    ("number", "status", "words"),
    [
        ("100584", "unpaid", ("po otrzymaniu płatności", "once the payment")),
        ("100584", "cancelled", ("faktury nie będzie", "no invoice")),
    ],
)
async def test_no_invoice_yet(shop: Shop, language: str, number: str, status: str, words: tuple[str, str]) -> None:
    async with shop.database.write() as session:
        await session.execute(update(Order).where(Order.number == number).values(status=status))
    talk = await shop.talk(language, customer_id="K1001")
    told = await talk.says(f"{number} NIP {NIP}", "request_invoice", language=language)
    assert words[language == "en"] in told.text and told.titles


@BOTH
async def test_a_correction_says_what_is_wrong(shop: Shop, language: str) -> None:
    talk = await shop.talk(language, customer_id="K1001")
    asked = await talk.says(
        {"pl": "korekta faktury 100552", "en": "correct invoice 100552"}[language], "request_invoice", language=language
    )
    assert "?" in asked.text
    await talk.says("zły NIP, ma być 1234563218", "inform", language=language)
    assert (await talk.row()).handoff["reason"] == "policy" and NIP in (await talk.facts())["wish"]
