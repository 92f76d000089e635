"""The agents' desk: taking a conversation, answering in it, passing it on and giving it back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import structlog

from bot.domain.conversation import Event, State, after
from bot.domain.errors import AlreadyClaimed, InvalidValue, NotOwner
from bot.domain.facts import TOLD
from bot.domain.hours import OpeningHours
from bot.responses import Responses
from bot.services import desk_housekeeping
from bot.services.continuing import Continuing
from bot.services.desk_checks import (
    actor,
    attach,
    check_owner,
    clean_text,
    find_colleague,
    leave_dialogue,
    name_of,
    send_again,
    sent_before,
    taken_over,
)
from bot.services.desk_view import DeskView
from bot.services.ledger import load_ledger
from bot.services.ownership import Change, changing
from bot.services.ports import Bell, Clock
from bot.services.reach import send_to_absent
from bot.services.transcript import announce, expire_buttons, say
from bot.storage.database import Database
from bot.storage.tables import Message, User

log = structlog.get_logger(__name__)

LONGEST_SNOOZE = dt.timedelta(days=90)
RETURNS = ("done", "continue")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Desk(DeskView):
    """Every use case takes the acting `user`. `wake(conversation_id)` tells the workers that there is something to do."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        responses: Responses,
        bell: Bell,
        hours: OpeningHours,
        wake: Callable[[str], None],
        continuing: Continuing,
    ) -> None:
        super().__init__(database, clock, responses)
        self.continuing = continuing
        self.bell = bell
        self.hours = hours
        self._wake = wake

    # Owning

    async def claim(self, user: User, conversation_id: str) -> None:
        """Make `user` the owner, whoever had it but a colleague at work. Raises AlreadyClaimed that says who that is.

        A bot turn in flight meets the new version when it wants to commit, and leaves nothing.
        """
        async with self._changing(conversation_id) as change:
            conversation, before = change.conversation, State(change.conversation.state)
            if before is State.ASSIGNED and conversation.assignee_id is None:
                # Answered in a channel's own inbox: whoever takes it at the desk has it.
                before = change.move(Event.AGENT_GONE, actor(user))
            if before is State.ASSIGNED:
                raise AlreadyClaimed(details={"by": await name_of(change, conversation.assignee_id)})
            known = before is State.SNOOZED and conversation.assignee_id == user.id
            change.move(Event.CLAIM, actor(user), by=user.name, before=before.value)
            if before in (State.BOT, State.RESOLVED):
                conversation.handoff = await taken_over(change)
            conversation.assignee_id, conversation.reserved_for_id = user.id, None
            conversation.waiting_since = conversation.snoozed_until = conversation.escalated_at = None
            conversation.failures, conversation.outcome = 0, {}
            await expire_buttons(change.session, conversation.id)
            if not known:
                await self._tell(change, "utter_agent_joined", name=user.name)

    async def transfer(self, user: User, conversation_id: str, to: str | int) -> None:
        """Pass it to a colleague by id or e-mail; the customer hears who it is now. Raises NotOwner, InvalidValue."""
        async with self._changing(conversation_id) as change:
            after(Event.TRANSFER, State(change.conversation.state))
            check_owner(change, user)
            target = await find_colleague(change, to)
            if target.id == change.conversation.assignee_id:
                return
            change.move(Event.TRANSFER, actor(user), by=user.name, to=target.name, to_id=target.id)
            change.conversation.assignee_id = target.id
            await self._tell(change, "utter_desk_agent_changed", name=target.name)

    async def return_(self, user: User, conversation_id: str, outcome: str, note: str | None = None) -> None:
        """Give it back to the bot: `done` closes what the bot was doing, `continue` makes it go on with that.

        Raises InvalidValue for another outcome, NotPossibleNow, NotOwner.
        """
        if outcome not in RETURNS:
            raise InvalidValue(details={"field": "outcome", "allowed": list(RETURNS)})
        async with self._changing(conversation_id) as change:
            await self._end(change, user, Event.RETURN, outcome, note)
            suspended = leave_dialogue(change.conversation, close=outcome == "done")
            await self._tell(change, "utter_desk_bot_goes_on" if suspended else "utter_bot_again", sender="bot")
        if suspended:
            self._wake(conversation_id)

    async def resolve(self, user: User, conversation_id: str, outcome: str, note: str | None = None) -> None:
        """Close it; the bot owns what the customer writes next, knowing the outcome. Raises as `return_` does."""
        outcome = clean_text(outcome, 100)
        async with self._changing(conversation_id) as change:
            await self._end(change, user, Event.RESOLVE, outcome, note)
            leave_dialogue(change.conversation, close=True)
            await self._tell(change, "utter_desk_resolved")

    async def snooze(self, user: User, conversation_id: str, until: dt.datetime) -> None:
        """Set it aside until then, or until the customer writes. Raises InvalidValue for a wrong moment."""
        async with self._changing(conversation_id) as change:
            after(Event.SNOOZE, State(change.conversation.state))
            check_owner(change, user)
            if until.tzinfo is None or not change.now < until <= change.now + LONGEST_SNOOZE:
                raise InvalidValue(details={"field": "until", "days": LONGEST_SNOOZE.days})
            change.move(Event.SNOOZE, actor(user), by=user.name)
            change.conversation.snoozed_until = until

    # Saying

    async def reply(
        self,
        user: User,
        conversation_id: str,
        text: str,
        client_id: str,
        kind: str = "reply",
        attachments: Sequence[str] = (),
    ) -> tuple[int, bool]:
        """The message's id, and whether it is new: the same `client_id` of the same author again stores nothing.

        A `reply` goes to the customer and takes the owner (else NotOwner); a `note` is for staff, from anyone. With
        `attachments` (ids of files stored for this conversation) the text may be empty.
        Raises InvalidText, TextTooLong, InvalidValue, NotFound.
        """
        # An agent tells customers the shop's own account; a customer's has no place in a note.
        text = clean_text(text, accounts=kind == "note") if text.strip() or not attachments else ""
        if kind not in ("reply", "note"):
            raise InvalidValue(details={"field": "kind", "allowed": ["reply", "note"]})
        async with self._changing(conversation_id) as change:
            known = await sent_before(change, user, client_id)
            if known is not None:
                return known, False
            if kind == "reply":
                await self._answer(change, user)
            message = await self._say(change, user, text, "message" if kind == "reply" else "note", client_id)
            await attach(change, message, attachments)
            if kind == "reply":
                await send_to_absent(change.session, change.conversation, message, change.now)
        return message.id, True

    async def redeliver(self, user: User, conversation_id: str, message_id: int) -> None:
        """Try again to send a message that a channel refused for good. Raises NotOwner, NotFound when nothing failed."""
        async with self._changing(conversation_id) as change:
            check_owner(change, user)
            await send_again(change, message_id)
            announce(change.session, conversation_id, "delivery", actor(user), change.now, message_id=message_id)

    async def offer_channel(self, user: User, conversation_id: str, channel: str) -> None:
        """Send the customer a link to go on in another channel. Raises NotOwner and what Continuing.offer raises."""
        async with self._changing(conversation_id) as change:
            await self._answer(change, user)
            offer = await self.continuing.offer_in(change.session, conversation_id, channel, change.now)
            text = self.responses.text("utter_channel_offer", change.conversation.language, url=offer.url)
            message = await self._say(change, user, text, "message")
            await send_to_absent(change.session, change.conversation, message, change.now)

    async def put_fact(self, user: User, conversation_id: str, key: str, value: str) -> str:
        """Add or correct a fact; returns the value as it is kept. Raises InvalidValue, or NotOwner of a colleague's."""
        check = TOLD.get(key)
        kept = check(value) if check else value.strip()
        if not _KEY.fullmatch(key) or not kept or len(kept) > 500:
            raise InvalidValue(details={"field": key[:40]})
        async with self._changing(conversation_id) as change:
            if change.conversation.assignee_id is not None:
                check_owner(change, user)
            ledger = await load_ledger(change.session, change.conversation, change.now)
            ledger.note(key, kept, {"kind": "agent", "by": user.name}, confirmed=True)
            announce(change.session, conversation_id, "fact", actor(user), change.now, key=key)
        return kept

    # By itself

    async def housekeeping(self) -> int:
        """What time brings about: snoozes end, waits escalate, absent agents' customers go back to the queue.

        Returns how many conversations changed. Safe to run in several processes at once.
        """
        return await desk_housekeeping.run(self.database, self.clock, self.responses, self.bell, self.hours)

    # How it works

    def _changing(self, conversation_id: str) -> AbstractAsyncContextManager[Change]:
        return changing(self.database, self.bell, self.clock, conversation_id)

    async def _tell(self, change: Change, response: str, sender: str = "system", **values: str) -> None:
        text = self.responses.text(response, change.conversation.language, **values)
        await say(change.session, change.conversation, change.now, sender=sender, text=text)

    async def _say(self, change: Change, user: User, text: str, kind: str, client_id: str | None = None) -> Message:
        return await say(
            change.session,
            change.conversation,
            change.now,
            sender="agent",
            text=text,
            author=user.name,
            author_id=user.id,
            kind=kind,
            external_id=client_id,
        )

    async def _answer(self, change: Change, user: User) -> None:
        """The owner is about to speak: a snooze is over, and what was promised is kept."""
        conversation = change.conversation
        if conversation.state not in (State.ASSIGNED, State.SNOOZED) or conversation.assignee_id != user.id:
            raise NotOwner(details={"by": await name_of(change, conversation.assignee_id)})
        if conversation.state == State.SNOOZED:
            change.move(Event.WAKE, actor(user), by=user.name)
            conversation.snoozed_until = None
        conversation.last_agent_at = change.now
        await change.keep_promises()

    async def _end(self, change: Change, user: User, event: Event, outcome: str, note: str | None) -> None:
        """The human's part is over: what it came to is kept for the bot, the customer's next agent and the numbers."""
        conversation = change.conversation
        after(event, State(conversation.state))
        check_owner(change, user)
        note = clean_text(note) if note else None
        if note:
            await self._say(change, user, note, kind="note")
        change.move(event, actor(user), by=user.name, outcome=outcome)
        conversation.outcome = {"outcome": outcome, "note": note, "by": user.name, "at": change.now.isoformat()}
        conversation.reserved_for_id, conversation.assignee_id = conversation.assignee_id, None
        conversation.snoozed_until = None
        conversation.failures = 0
        await change.keep_promises()
