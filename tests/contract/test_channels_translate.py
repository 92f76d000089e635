"""What Telegram and Messenger send, in our own form: documented payloads in, arrivals out."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.services.arrivals import Arrival, Kind
from integrations.messenger.translate import events_of
from integrations.messenger.translate import translate as messenger
from integrations.telegram.translate import translate as telegram
from tests.contract.payloads import MESSENGER, SIDES, TELEGRAM


@pytest.mark.parametrize(
    ("name", "kind", "value", "text"),
    [
        ("text", Kind.TEXT, "", "Gdzie jest moja paczka?"),
        ("command", Kind.START, "AbC_-9", "/start"),
        ("named_command", Kind.COMMAND, "human", "/human"),
        ("photo", Kind.FILES, "", "Podeszwa odchodzi"),
        ("document", Kind.FILES, "", ""),
        ("gif", Kind.REMARK, "video", ""),
        ("own_contact", Kind.CONTACT, "+48601234567", "+48601234567"),
        ("other_contact", Kind.REMARK, "contact", "Jan +48 600 100 200"),
        ("location", Kind.REMARK, "location", "52.22968, 21.01223"),
        ("venue", Kind.REMARK, "location", "Paczkomat WAW01, Złota 1, 52.22968, 21.01223"),
        ("sticker", Kind.REMARK, "sticker", "🙈"),
        ("voice", Kind.REMARK, "voice", ""),
        ("video_note", Kind.REMARK, "video", ""),
        ("dice", Kind.REMARK, "other", ""),
        ("edited", Kind.EDIT, "", "Edited text"),
        ("callback", Kind.PRESS, "Zx81kq-_p0", "1370"),
        ("old_callback", Kind.PRESS, "x", "3"),
        ("blocked", Kind.GONE, "", ""),
    ],
)
def test_a_telegram_update(name: str, kind: Kind, value: str, text: str) -> None:
    arrival = telegram(TELEGRAM[name])
    assert arrival is not None
    assert (arrival.kind, arrival.value, arrival.text, arrival.address) == (kind, value, text, "1111111")
    assert arrival.external_id == str(TELEGRAM[name]["update_id"])
    assert arrival.name == "Anna Kowalska" and arrival.language == "pl"


@pytest.mark.parametrize("name", ["pinned", "group_text", "poll", "channel_post", "unheard_of"])
def test_what_telegram_sends_and_nobody_said(name: str) -> None:
    assert telegram(TELEGRAM[name]) is None


def test_the_largest_photo_is_taken_and_an_edit_names_its_message() -> None:
    photo, edited, text = (telegram(TELEGRAM[name]) for name in ("photo", "edited", "text"))
    assert photo and edited and text
    assert [(f.id, f.name, f.size) for f in photo.files] == [("large", "photo-1365.jpg", 98453)]
    assert edited.message_id == text.message_id == "1365"
    assert text.at == dt.datetime(2015, 9, 7, 17, 5, 32, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("name", "kind", "value", "text", "external_id"),
    [
        ("text", Kind.TEXT, "", "Gdzie jest moja paczka?", "m_1457764197618"),
        ("quick_reply", Kind.PRESS, "Zx81kq-_p0", "", "m_2"),
        ("image", Kind.FILES, "", "", "m_3"),
        ("like", Kind.REMARK, "sticker", "", "m_4"),
        ("audio", Kind.REMARK, "voice", "", "m_5"),
        ("shared_link", Kind.REMARK, "other", "Buty https://szlak.example/p/1", "m_6"),
        ("reply_to", Kind.TEXT, "", "tak", "m_7"),
        ("get_started", Kind.START, "AbC_-9", "/start", "m_8"),
        ("menu", Kind.COMMAND, "human", "/human", "postback-24012345678901234-1458692752478"),
        ("button", Kind.PRESS, "Zx81kq-_p0", "", "m_9"),
        ("referral", Kind.START, "AbC_-9", "/start", "start-24012345678901234-1458692752478"),
        ("edit", Kind.EDIT, "", "Gdzie są moje paczki?", "m_1457764197618~1"),
        ("our_echo", Kind.CONFIRMED, "delivery-7.1/2", "", "m_echo"),
        ("inbox_echo", Kind.HUMAN, "", "Już sprawdzam", "m_echo"),
    ],
)
def test_a_messenger_event(name: str, kind: Kind, value: str, text: str, external_id: str) -> None:
    arrival = messenger(MESSENGER[name], "987654321098765")
    assert arrival is not None
    assert (arrival.kind, arrival.value, arrival.text, arrival.external_id) == (kind, value, text, external_id)
    assert arrival.address == SIDES["sender"]["id"], "the customer's, whoever sent it"


@pytest.mark.parametrize("name", ["delivery", "read", "reaction", "pass_thread_control", "our_apps_echo"])
def test_what_messenger_sends_and_nobody_said(name: str) -> None:
    assert messenger(MESSENGER[name], "987654321098765") is None


def test_a_batch_has_every_event_of_every_entry_in_order() -> None:
    def at(moment: int) -> dict[str, object]:
        return {**SIDES, "timestamp": moment, "message": {"mid": f"m_{moment}", "text": "x"}}

    body = {
        "object": "page",
        "entry": [
            {"id": "1", "time": 9, "messaging": [at(5), at(2)]},
            {"id": "1", "time": 9, "standby": [at(1)]},
            {"id": "1", "time": 9, "changes": [{"field": "feed", "value": {}}]},
            {"id": "1", "time": 9, "messaging": [at(3)]},
        ],
    }
    assert [event["timestamp"] for event in events_of(body)] == [2, 3, 5]
    assert events_of({"object": "instagram", "entry": body["entry"]}) == []


leaves = some.none() | some.booleans() | some.integers() | some.text(max_size=8)
values = some.recursive(
    leaves,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    some.dictionaries(
        some.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "postback"]), values
    )
)
def test_nonsense_is_an_arrival_nothing_or_a_plain_error(content: dict[str, object]) -> None:
    """The intake drops what raises one of these; anything else would come back for a day."""
    for translate in (telegram, messenger):
        try:
            found = translate({"update_id": 1, **SIDES, **content})
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            continue
        assert found is None or isinstance(found, Arrival)
