"""Payloads as Telegram and Meta document them, field for field: what the translators have to read."""

from __future__ import annotations

from typing import Any

SENDER = {"id": 1111111, "is_bot": False, "first_name": "Anna", "last_name": "Kowalska", "language_code": "pl"}
CHAT = {"last_name": "Kowalska", "id": 1111111, "type": "private", "first_name": "Anna", "username": "annak"}
BOT = {"id": 123456789, "is_bot": True, "first_name": "Szlak", "username": "szlak_bot"}


def telegram(**content: Any) -> dict[str, Any]:
    message = {"date": 1441645532, "chat": CHAT, "message_id": 1365, "from": SENDER, **content}
    return {"update_id": 10000, "message": message}


TELEGRAM: dict[str, dict[str, Any]] = {
    "text": telegram(text="Gdzie jest moja paczka?"),
    "command": telegram(text="/start AbC_-9", entities=[{"offset": 0, "length": 6, "type": "bot_command"}]),
    "named_command": telegram(text="/Human@szlak_bot", entities=[{"offset": 0, "length": 16, "type": "bot_command"}]),
    "photo": telegram(
        photo=[
            {"file_id": "small", "file_unique_id": "AQADa", "file_size": 1353, "width": 90, "height": 67},
            {"file_id": "large", "file_unique_id": "AQADb", "file_size": 98453, "width": 1280, "height": 960},
            {"file_id": "medium", "file_unique_id": "AQADc", "file_size": 24000, "width": 320, "height": 240},
        ],
        caption="Podeszwa odchodzi",
        media_group_id="13300000000000000",
    ),
    "document": telegram(
        document={
            "file_name": "rachunek.pdf",
            "mime_type": "application/pdf",
            "file_id": "BQACAgQAAx",
            "file_unique_id": "AgADx",
            "file_size": 24117,
        }
    ),
    "gif": telegram(
        animation={"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "duration": 1},
        document={"file_id": "a", "file_unique_id": "b"},
    ),
    "own_contact": telegram(contact={"phone_number": "48601234567", "first_name": "Anna", "user_id": 1111111}),
    "other_contact": telegram(contact={"phone_number": "+48 600 100 200", "first_name": "Jan", "user_id": 5}),
    "location": telegram(location={"latitude": 52.2296756, "longitude": 21.0122287}),
    "venue": telegram(
        location={"latitude": 52.2296756, "longitude": 21.0122287},
        venue={
            "location": {"latitude": 52.2296756, "longitude": 21.0122287},
            "title": "Paczkomat WAW01",
            "address": "Złota 1",
        },
    ),
    "sticker": telegram(
        sticker={
            "width": 512,
            "height": 512,
            "emoji": "🙈",
            "set_name": "Animals",
            "is_animated": True,
            "is_video": False,
            "type": "regular",
            "file_id": "CAAC",
            "file_unique_id": "AgAD",
            "file_size": 7000,
        }
    ),
    "voice": telegram(voice={"duration": 3, "mime_type": "audio/ogg", "file_id": "AwAC", "file_unique_id": "AgAD"}),
    "video_note": telegram(
        video_note={"duration": 5, "length": 384, "file_id": "DQAC", "file_unique_id": "AgAD", "file_size": 1}
    ),
    "dice": telegram(dice={"emoji": "🎲", "value": 4}),
    "pinned": telegram(pinned_message={"message_id": 3, "date": 0, "chat": CHAT}),
    "group_text": {
        "update_id": 10001,
        "message": {
            "date": 1441645532,
            "chat": {"id": -1001234567890, "type": "supergroup", "title": "Grupa"},
            "message_id": 7,
            "from": SENDER,
            "text": "cześć",
        },
    },
    "edited": {
        "update_id": 10002,
        "edited_message": {
            "date": 1441645532,
            "chat": CHAT,
            "message_id": 1365,
            "from": SENDER,
            "text": "Edited text",
            "edit_date": 1441646600,
        },
    },
    "callback": {
        "update_id": 10003,
        "callback_query": {
            "id": "4382bfdwdsb323b2d9",
            "from": SENDER,
            "chat_instance": "428402",
            "data": "Zx81kq-_p0",
            "message": {"message_id": 1370, "date": 1441645500, "chat": CHAT, "from": BOT, "text": "Tak?"},
        },
    },
    "old_callback": {
        "update_id": 10004,
        "callback_query": {
            "id": "1",
            "from": SENDER,
            "chat_instance": "428402",
            "data": "x",
            "message": {"message_id": 3, "date": 0, "chat": CHAT},
        },
    },
    "blocked": {
        "update_id": 10005,
        "my_chat_member": {
            "chat": CHAT,
            "from": SENDER,
            "date": 1441645532,
            "old_chat_member": {"user": BOT, "status": "member"},
            "new_chat_member": {"user": BOT, "status": "kicked", "until_date": 0},
        },
    },
    "poll": {"update_id": 10006, "poll": {"id": "1", "question": "?", "options": []}},
    "channel_post": {
        "update_id": 10007,
        "channel_post": {"message_id": 1, "date": 0, "chat": {"id": -100, "type": "channel"}},
    },
    "unheard_of": {"update_id": 10008, "some_new_thing": {"id": 1}},
}

SIDES: dict[str, Any] = {
    "sender": {"id": "24012345678901234"},
    "recipient": {"id": "110012345678901"},
    "timestamp": 1458692752478,
}


def messenger(**content: Any) -> dict[str, Any]:
    return {**SIDES, **content}


def echo(**message: Any) -> dict[str, Any]:
    sides = {"sender": SIDES["recipient"], "recipient": SIDES["sender"], "timestamp": 1457764197627}
    return {**sides, "message": {"is_echo": True, "mid": "m_echo", **message}}


CDN = "https://scontent.xx.fbcdn.net/v/t1.15752-9/buty.jpg?_nc_cat=1&oh=00"
MESSENGER: dict[str, dict[str, Any]] = {
    "text": messenger(message={"mid": "m_1457764197618", "text": "Gdzie jest moja paczka?"}),
    "quick_reply": messenger(message={"mid": "m_2", "text": "Zwrot", "quick_reply": {"payload": "Zx81kq-_p0"}}),
    "image": messenger(message={"mid": "m_3", "attachments": [{"type": "image", "payload": {"url": CDN}}]}),
    "like": messenger(
        message={
            "mid": "m_4",
            "attachments": [{"type": "image", "payload": {"url": CDN, "sticker_id": 369239263222822}}],
        }
    ),
    "audio": messenger(message={"mid": "m_5", "attachments": [{"type": "audio", "payload": {"url": CDN}}]}),
    "shared_link": messenger(
        message={
            "mid": "m_6",
            "attachments": [
                {"type": "fallback", "payload": {"url": "https://szlak.example/p/1", "title": "Buty"}, "title": "Buty"}
            ],
        }
    ),
    "reply_to": messenger(message={"mid": "m_7", "text": "tak", "reply_to": {"mid": "m_1"}}),
    "get_started": messenger(
        postback={
            "mid": "m_8",
            "title": "Get Started",
            "payload": "/start",
            "referral": {"ref": "AbC_-9", "source": "SHORTLINK", "type": "OPEN_THREAD"},
        }
    ),
    "menu": messenger(postback={"title": "Rozmowa z człowiekiem", "payload": "/human"}),
    "button": messenger(postback={"mid": "m_9", "title": "Zwrot", "payload": "Zx81kq-_p0"}),
    "referral": messenger(referral={"ref": "AbC_-9", "source": "SHORTLINK", "type": "OPEN_THREAD"}),
    "edit": messenger(message_edit={"mid": "m_1457764197618", "text": "Gdzie są moje paczki?", "num_edit": 1}),
    "delivery": messenger(delivery={"mids": ["m_1"], "watermark": 1458668856253}),
    "read": messenger(read={"watermark": 1458668856253}),
    "reaction": messenger(reaction={"reaction": "love", "emoji": "❤", "action": "react", "mid": "m_1"}),
    "pass_thread_control": messenger(pass_thread_control={"new_owner_app_id": "123456789", "metadata": ""}),
    "our_echo": echo(app_id=987654321098765, metadata="delivery-7.1/2", text="Sprawdzam"),
    "our_apps_echo": echo(app_id=987654321098765, text="wysłane skądinąd"),
    "inbox_echo": echo(app_id=263902037430900, text="Już sprawdzam"),
}
