"""What the desk checks and looks up before it changes a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, select, update

from bot.domain.dialogue import DialogueState
from bot.domain.errors import InvalidText, InvalidValue, NotFound, NotOwner, TextTooLong
from bot.domain.privacy import without_secrets
from bot.services.ownership import Change
from bot.storage.tables import Attachment, Conversation, Delivery, Message, User

LONGEST_TEXT = 4000


def actor(user: User) -> str:
    """The user as events name them."""
    return f"user:{user.id}"


def check_owner(change: Change, user: User) -> None:
    """Raises NotOwner unless it is the user's, or the user supervises."""
    if change.conversation.assignee_id != user.id and user.role == "agent":
        raise NotOwner()


def clean_text(text: str, most: int = LONGEST_TEXT, *, accounts: bool = True) -> str:
    """The text without blanks around it, card numbers and the like masked; `accounts` False keeps those of banks.

    Raises InvalidText when nothing is left, TextTooLong above `most`.
    """
    text = text.strip()
    if not text or "\x00" in text:
        raise InvalidText()
    if len(text) > most:
        raise TextTooLong(details={"limit": most})
    return without_secrets(text, accounts=accounts)


async def name_of(change: Change, user_id: int | None) -> str | None:
    """How colleagues and customers know that user."""
    user = await change.session.get(User, user_id) if user_id is not None else None
    return user.name if user else None


async def find_colleague(change: Change, to: str | int) -> User:
    """The active user with that id or e-mail. Raises InvalidValue."""
    to = str(to).strip()
    by_id = to.isascii() and to.isdecimal() and len(to) < 10
    wanted = User.id == int(to) if by_id else User.email == to.lower()
    found = await change.session.scalar(select(User).where(wanted, User.active))
    if found is None:
        raise InvalidValue(details={"field": "to"})
    return found


async def sent_before(change: Change, user: User, client_id: str) -> int | None:
    """The id of what this user sent under that client id already."""
    # Looked up with the conversation held: two tries of one message at once come one after the other.
    return await change.session.scalar(
        select(Message.id).where(
            Message.conversation_id == change.conversation.id,
            Message.author_id == user.id,
            Message.external_id == client_id,
        )
    )


async def attach(change: Change, message: Message, files: Sequence[str]) -> None:
    """Make the stored files part of the message. Raises InvalidValue for one that is not this conversation's to send."""
    if not files:
        return
    wanted = Attachment.id.in_(files) & (Attachment.conversation_id == change.conversation.id)
    free = update(Attachment).where(wanted, Attachment.message_id.is_(None)).values(message_id=message.id)
    done: CursorResult[Any] = await change.session.execute(free)  # type: ignore[assignment]
    if done.rowcount != len(set(files)):
        raise InvalidValue(details={"field": "attachments"})


async def send_again(change: Change, message_id: int) -> None:
    """Put the message's dead deliveries back into the outbox. Raises NotFound when it has none."""
    mine = select(Message.id).where(Message.conversation_id == change.conversation.id, Message.id == message_id)
    dead = update(Delivery).where(Delivery.message_id.in_(mine), Delivery.status == "dead")
    done: CursorResult[Any] = await change.session.execute(  # type: ignore[assignment]
        dead.values(status="pending", attempts=0, error=None, next_attempt_at=change.now)
    )
    if not done.rowcount:
        raise NotFound()


async def taken_over(change: Change) -> dict[str, Any]:
    """Nobody called this human: the reason is their own, with the customer's last words beside it."""
    last = await change.session.scalar(
        select(Message)
        .where(Message.conversation_id == change.conversation.id, Message.sender == "customer")
        .order_by(Message.id.desc())
        .limit(1)
    )
    return {
        "reason": "takeover",
        "message_id": last.id if last else None,
        "text": last.text if last else "",
        "at": change.now.isoformat(),
    }


def leave_dialogue(conversation: Conversation, *, close: bool) -> bool:
    """Make the bot's dialogue ready for after a human; True when a suspended flow is left to go on with.

    Closing drops what was asked and begun, not which orders it was about: those are known and never asked for again.
    """
    state = DialogueState.from_dict(conversation.dialogue)
    state.abuse = 0
    if close:
        state.orders += [number for frame in state.stack for number in frame.orders if number not in state.orders]
        state.stack, state.question = [], None
    conversation.dialogue = state.to_dict()
    conversation.resuming = bool(state.stack)
    return conversation.resuming
