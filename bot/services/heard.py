"""What a customer said on an outside channel, or a colleague in its own inbox, on its way into the transcript."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.conversation import Event, State
from bot.domain.dialogue import DialogueState
from bot.domain.errors import ButtonExpired
from bot.domain.facts import normal_phone
from bot.domain.payloads import payload
from bot.domain.splitting import split_text
from bot.responses import Responses
from bot.services import links
from bot.services.arrivals import Arrival, Channel, Kind, Result
from bot.services.desk_checks import taken_over
from bot.services.inbox import LONGEST_TEXT, clean_text, press
from bot.services.ledger import load_ledger
from bot.services.ownership import Change
from bot.services.telemetry import ACCEPTED
from bot.services.transcript import announce, expire_buttons, say
from bot.storage.tables import Attachment, Button, ChannelLink, Conversation, Message

MEANINGS = {"human": "request_human", "stop": "stop_flow", "help": "ask_capabilities"}
"""What a command means to the assistant."""
FILE = {"payload": payload("attachment")}
OWNED = (State.ASSIGNED, State.SNOOZED)
OWN_TURN = (State.BOT, State.RESOLVED)
PAGE_INBOX_HOLDS = dt.timedelta(hours=24)
"""After this silence of whoever answered in the channel's own inbox, the assistant answers again."""


class Heard:
    """One arrival in the caller's transaction; `result` says what became of it."""

    def __init__(
        self,
        session: AsyncSession,
        responses: Responses,
        languages: list[str],
        channel: Channel,
        arrival: Arrival,
        link: ChannelLink,
        conversation: Conversation,
        now: dt.datetime,
    ) -> None:
        self._session = session
        self._responses = responses
        self._languages = languages
        self._channel = channel
        self._arrival = arrival
        self._link = link
        self._conversation = conversation
        self._now = now
        self._awaited = self._expired = False
        self._button: str | None = None

    @property
    def result(self) -> Result:
        bots = self._conversation.state in OWN_TURN
        return Result(
            self._conversation.id,
            self._conversation.language,
            wake=self._awaited,
            awaited=self._awaited and bots,
            button=self._button,
            expired=self._expired,
        )

    async def store(self, files: Sequence[Attachment], refused: str | None, opened: bool) -> None:
        """A message, or several, for whoever owns the conversation; `opened` when the customer has just come."""
        links.regain(self._session, self._link, self._now)
        self._link.last_seen_at = min(self._arrival.at or self._now, self._now)
        self._conversation.last_customer_at = self._conversation.updated_at = self._now
        self._page_inbox_over()
        match self._arrival.kind:
            case Kind.TEXT:
                for number, part in enumerate(cleaned(self._arrival.text)):
                    await self._add(part, number=number)
            case Kind.PRESS:
                await self._press()
            case Kind.FILES:
                await self._files(files)
            case Kind.CONTACT:
                await self._contact()
            case Kind.COMMAND:
                await self._command(self._arrival.value)
            case Kind.START if not opened:
                await self._add(self._text("utter_channel_menu_start"), {"payload": payload("greet")})
            case Kind.REMARK:
                await self._remark(self._arrival.value)
        if refused is not None:
            await self._remark(f"file_{refused}")

    async def went_on_here(self) -> None:
        """The customer took the conversation along to this channel: whoever has it goes on with it, here and there."""
        links.regain(self._session, self._link, self._now)
        conversation = self._conversation
        self._link.last_seen_at = conversation.last_customer_at = conversation.updated_at = self._now
        announce(self._session, conversation.id, "link", "customer", self._now, channel=self._channel.name)
        await self._say(f"utter_channel_went_on_{'bot' if conversation.state in OWN_TURN else 'human'}")
        # What the bot was asking, it asks again here; a human has the whole transcript before them.
        if conversation.state == State.BOT and DialogueState.from_dict(conversation.dialogue).stack:
            conversation.resuming = self._awaited = True

    async def link_is_over(self) -> None:
        """They came by a link of ours that works no more, perhaps to a conversation that is here already."""
        links.regain(self._session, self._link, self._now)
        self._link.last_seen_at = self._now
        await self._say("utter_channel_link_over")

    async def answered_elsewhere(self) -> None:
        """Somebody answered in the channel's own inbox: that human has the conversation now, and the bot is silent."""
        conversation, change = self._conversation, Change(self._session, self._conversation, self._now)
        before = State(conversation.state)
        if before is not State.ASSIGNED:
            change.move(Event.PAGE_INBOX, "page_inbox", before=before.value)
            if before in OWN_TURN:
                conversation.handoff = await taken_over(change)
            conversation.waiting_since = conversation.snoozed_until = conversation.escalated_at = None
            conversation.failures, conversation.outcome = 0, {}
            await expire_buttons(self._session, conversation.id)
        conversation.last_agent_at = self._now
        await change.keep_promises()
        message = Message(
            conversation_id=conversation.id,
            external_id=self._arrival.message_id,
            sender="agent",
            author=self._text("utter_channel_page_inbox"),
            text=self._arrival.text,
            created_at=self._now,
            processed_at=self._now,
        )
        self._session.add(message)
        await self._session.flush()
        announce(self._session, conversation.id, "message", "page_inbox", self._now, message_id=message.id)

    def _page_inbox_over(self) -> None:
        spoke = self._conversation.last_agent_at
        nobody = self._conversation.state == State.ASSIGNED and self._conversation.assignee_id is None
        if nobody and spoke is not None and self._now - spoke > PAGE_INBOX_HOLDS:
            Change(self._session, self._conversation, self._now).move(Event.RETURN, "system")

    async def _add(
        self, text: str, press: dict[str, str] | None = None, *, number: int = 0, note: bool = False, done: bool = False
    ) -> Message:
        suffix = "#note" if note else f"#{number + 1}" if number else ""
        message = Message(
            conversation_id=self._conversation.id,
            link_id=self._link.id,
            external_id=self._arrival.message_id + suffix,
            sender="customer",
            text=text,
            press=press or {},
            created_at=self._now,
            processed_at=self._now if done else None,
        )
        self._session.add(message)
        await self._session.flush()
        announce(self._session, self._conversation.id, "message", "customer", self._now, message_id=message.id)
        ACCEPTED.labels("button" if "button" in message.press else "file" if press == FILE else "text").inc()
        self._awaited = self._awaited or not done
        return message

    async def _press(self) -> None:
        message = Message(press={}, text="")
        try:
            await press(self._session, self._conversation, message, self._arrival.value)
        except ButtonExpired:
            self._expired = True
            if not self._channel.toasts:
                await self._offer_again()
            return
        self._button = message.text
        await self._add(message.text, message.press)

    async def _offer_again(self) -> None:
        """The button is about something that is over: say so, with those that still stand."""
        standing = select(Button).where(Button.conversation_id == self._conversation.id, ~Button.expired)
        rows = await self._session.scalars(standing.order_by(Button.message_id, Button.position))
        buttons = [(button.title, button.payload) for button in rows]
        await expire_buttons(self._session, self._conversation.id)
        await self._say("utter_error_button_expired", buttons)

    async def _files(self, files: Sequence[Attachment]) -> None:
        """A caption is what the customer says; a file alone says nothing that could be understood."""
        caption = cleaned(self._arrival.text)
        for number, file in enumerate(files):
            words = caption.pop(0) if caption else None
            message = await self._add(words or file.name, None if words else FILE, number=number)
            file.conversation_id, file.message_id = self._conversation.id, message.id
            self._session.add(file)
        for number, part in enumerate(caption, len(files)):
            await self._add(part, number=number)

    async def _contact(self) -> None:
        phone = normal_phone(self._arrival.value)
        if phone is None:
            return await self._remark("contact")
        message = await self._add(phone, {"payload": payload("inform", phone=phone)})
        await self._note("phone", phone, message)

    async def _command(self, command: str) -> None:
        meant, more = self._text(f"utter_channel_menu_{command}"), self._arrival.text.partition(" ")[2]
        more = " ".join(cleaned(more))
        if command != "language":
            await self._add(f"{meant}: {more}" if more else meant, {"payload": payload(MEANINGS[command])})
            return
        asked = more.lower()
        await self._add(meant, done=True)
        self._conversation.language = self._other_language(asked)
        await self._say("utter_channel_language")

    def _other_language(self, asked: str) -> str:
        """The one that was named, else the next of the shop's."""
        if asked in self._languages:
            return asked
        present = self._conversation.language
        here = self._languages.index(present) if present in self._languages else -1
        return self._languages[(here + 1) % len(self._languages)]

    async def _remark(self, what: str) -> None:
        """Kept for whoever reads the conversation; the customer hears what the assistant can do with it."""
        owned = self._conversation.state in OWNED
        text = self._text(f"utter_channel_note_{what}", text=self._arrival.text).strip()
        # A human looks at it themselves, so to them it is news like any other.
        message = await self._add(text, FILE, note=True, done=not owned)
        if what == "location":
            await self._note("location", self._arrival.text, message)
        if not owned:
            await self._say(f"utter_channel_{what}")

    async def _note(self, key: str, value: str, message: Message) -> None:
        ledger = await load_ledger(self._session, self._conversation, self._now)
        ledger.note(key, value, {"kind": "message", "message_id": message.id}, confirmed=True)

    def _text(self, response: str, **values: str) -> str:
        return self._responses.text(response, self._conversation.language, **values)

    async def _say(self, response: str, buttons: Sequence[tuple[str, str]] = ()) -> None:
        text = self._text(response)
        await say(self._session, self._conversation, self._now, sender="system", text=text, buttons=buttons)


def cleaned(text: str) -> list[str]:
    """What a customer wrote, in messages of the longest kind we keep; nothing when nothing is left of it."""
    text = "".join(letter for letter in text if letter in "\n\t" or letter.isprintable() or ord(letter) > 0x9F)
    text = text.encode("utf-8", "ignore").decode("utf-8").strip()  # without halves of a surrogate pair
    return [clean_text(part) for part in split_text(text, LONGEST_TEXT)] if text else []
