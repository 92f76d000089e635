"""Card numbers, PESELs and accounts never reach the database; what only looks like one stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from bot.domain.privacy import event_without_secrets, without_contacts, without_secrets


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("karta 4111 1111 1111 1111 ważna 12/29", "karta ••••1111 ważna 12/29"),
        ("4111111111111111 12/29 123", "••••1111 12/29 123"),
        ("my card:4111-1111-1111-1111.", "my card:••••1111."),
        ("amex 3782 822463 10005", "amex ••••0005"),
        ("skan_4111111111111111.pdf", "skan_••••1111.pdf"),
        ("601 234 567 4111 1111 1111 1111", "601 234 567 ••••1111"),
        ("pesel 44051401359.", "pesel ••••1359."),
        ("PESEL44051401359, 440514-01359", "PESEL••••1359, ••••1359"),
        ("konto 61 1090 1014 0000 0712 1981 2874", "konto ••••2874"),
        ("PL61109010140000071219812874 dzięki", "••••2874 dzięki"),
        ("61109010140000071219812875", "••••2875"),
        ("to GB29 NWBK 6016 1331 9268 19 please", "to ••••6819 please"),
        ("DE89370400440532013000", "••••3000"),
        # what only looks like one
        ("zamówienie 100311, 100312 i 100313, tel. 601 234 567", "zamówienie 100311, 100312 i 100313, tel. 601 234 567"),
        ("+48 601 234 567, 601 234 567 602 345 678", "+48 601 234 567, 601 234 567 602 345 678"),
        ("paczka 520113015150400087430320", "paczka 520113015150400087430320"),
        ("paczka nr 44051401359", "paczka nr 44051401359"),
        ("RR440514013PL, NIP 123-456-32-18, 1234563218", "RR440514013PL, NIP 123-456-32-18, 1234563218"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("44051401358", "44051401358"),
        ("249,99 zł, 2026-11-18 12:30, 30-060", "249,99 zł, 2026-11-18 12:30, 30-060"),
    ],
)  # fmt: skip
def test_only_what_is_a_secret_is_masked(text: str, kept: str) -> None:
    assert without_secrets(text) == kept


def test_an_agent_may_tell_the_shops_own_account() -> None:
    text = "Przelew na 61 1090 1014 0000 0712 1981 2874, karta 4111111111111111"
    assert without_secrets(text, accounts=False) == text.replace("4111111111111111", "••••1111")


@given(st.text(max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = without_secrets(text)
    assert without_secrets(once) == once


_WORDS = st.sampled_from(["", "mój numer to ", "my card: ", "proszę (", "zapłaciłam kartą ", "a,"])


@given(st.text("0123456789", min_size=14, max_size=14), _WORDS, st.sampled_from(["", " ", "-"]))
def test_any_valid_card_is_masked_wherever_it_stands(digits: str, before: str, between: str) -> None:
    number = f"4{digits}"
    number += luhn.calc_check_digit(number)
    written = between.join(number[at : at + 4] for at in range(0, 16, 4))
    assert without_secrets(f"{before}{written} dziękuję") == f"{before}••••{number[-4:]} dziękuję"


@given(st.text("0123456789", min_size=24, max_size=24), _WORDS, st.booleans(), st.booleans())
def test_any_valid_account_is_masked_wherever_it_stands(digits: str, before: str, named: bool, spaced: bool) -> None:
    check = iban.calc_check_digits(f"PL00{digits}")
    number = f"{check}{digits}"
    written = f"{check} {' '.join(digits[at : at + 4] for at in range(0, 24, 4))}" if spaced else number
    assert without_secrets(f"{before}{'PL' * named}{written}, pl") == f"{before}••••{number[-4:]}, pl"


@given(
    st.integers(100_000, 999_999),
    st.integers(450_000_000, 899_999_999),
    st.text("0123456789", min_size=24, max_size=24),
)
def test_orders_phones_and_parcels_are_never_masked(order: int, phone: int, parcel: str) -> None:
    spaced = f"{str(phone)[:3]} {str(phone)[3:6]} {str(phone)[6:]}"
    for text in (f"zamówienie {order}", f"tel. {phone}", f"tel. {spaced}, zam. {order}", f"+48{phone}", f"nr {parcel}"):
        assert without_secrets(text) == text


def test_of_a_channels_event_the_texts_are_masked_and_the_ids_are_not() -> None:
    number = "4111111111111111"
    event = {"message": {"mid": number, "text": number, "from": {"id": int(number)}, "document": {"file_name": number}}}
    masked = {"mid": number, "text": "••••1111", "from": {"id": int(number)}, "document": {"file_name": "••••1111"}}
    assert event_without_secrets([event]) == [{"message": masked}]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail anna.kowalska@example.pl, tel. +48 601 234 567", "mail a•••@example.pl, tel. ••• 567"),
        ("601-234-567 albo (22) 345 67 89 albo 601234567", "••• 567 albo ••• 789 albo ••• 567"),
        ("zamówienie 100311, NIP 123-456-32-18, 30-060", "zamówienie 100311, NIP 123-456-32-18, 30-060"),
        ("paczka 520113015150400087430320, 249,99 zł", "paczka 520113015150400087430320, 249,99 zł"),
    ],
)
def test_contacts_are_shown_to_others_by_their_ends(text: str, shown: str) -> None:
    assert without_contacts(text) == shown
