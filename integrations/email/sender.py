"""Sends messages by SMTP."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.domain.errors import SettingsError
from bot.responses import Responses
from bot.services.ports import GiveUp, Outgoing, RetryLater

SECONDS = 20.0


class EmailSender:
    """`url` and `sender` as in the settings; `link` makes the signed address that leads back to a conversation, and
    `confirmation` that of the page where an account's owner says that a chat is theirs."""

    def __init__(
        self,
        url: str,
        sender: str,
        responses: Responses,
        link: Callable[[str], str],
        confirmation: Callable[[str], str],
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or "@" not in sender:
            raise SettingsError(
                "TELLONCE_SMTP_URL must be like smtp://user:password@host:587, and TELLONCE_SMTP_FROM an e-mail address"
            )
        self._host = parts.hostname
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 25)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._responses = responses
        self._link = link
        self._confirmation = confirmation

    async def send(self, message: Outgoing) -> None:
        try:
            await aiosmtplib.send(
                self.compose(message),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls,
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code >= 500 for refused in error.recipients):
                raise GiveUp("the address was refused") from error
            raise RetryLater("the address is not accepted now") from error
        except aiosmtplib.SMTPResponseException as error:
            raise (GiveUp if error.code >= 500 else RetryLater)(f"the mail server answered {error.code}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise RetryLater(type(error).__name__) from error

    def compose(self, message: Outgoing) -> EmailMessage:
        """Plain text: what was said, by whom, and the way back; or the link by which an account is shown to be one's own."""
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = message.address
        ordinary = message.one_time_link is None
        subject = "utter_email_subject" if ordinary else "utter_email_identify_subject"
        mail["Subject"] = self._responses.text(subject, message.language)
        mail["Message-ID"] = f"<{message.key}@{self._sender.rsplit('@', 1)[-1]}>"
        mail["Auto-Submitted"] = "auto-generated"
        link = (
            self._link(message.conversation_id)
            if message.one_time_link is None
            else self._confirmation(message.one_time_link)
        )
        values = {"text": message.text, "author": message.author or "", "link": link}
        words = "utter_email_body" if ordinary else "utter_email_identify_body"
        body = self._responses.text(words, message.language, **values)
        mail.set_content(body)
        return mail
