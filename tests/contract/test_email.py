"""The e-mail sender against a real SMTP server on loopback, and the remedy each of its answers asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from bot.domain.errors import SettingsError
from bot.responses import Responses
from bot.services.ports import GiveUp, Outgoing, RetryLater
from bot.settings import PROJECT
from integrations.email.sender import EmailSender
from integrations.rasa.supervisor import free_port

RESPONSES = Responses(PROJECT / "data" / "responses")


class Server:
    """Keeps what it is given; `answer` is what it says to RCPT."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
async def smtp() -> AsyncIterator[tuple[Server, EmailSender]]:
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    url = f"smtp://127.0.0.1:{controller.port}"
    yield (
        server,
        EmailSender(url, "sklep@szlak.example", RESPONSES, lambda c: f"https://szlak.example/?resume={c}", _page),
    )
    controller.stop()


def _page(number: str) -> str:
    return f"https://szlak.example/confirm#{number}"


def outgoing(address: str = "anna@example.pl") -> Outgoing:
    return Outgoing("delivery-7", "c1", address, "Paczka wyjdzie jutro – przepraszamy.", "pl", "Ola", [], [])


async def test_a_mail_says_what_was_said_by_whom_and_the_way_back(smtp: tuple[Server, EmailSender]) -> None:
    server, sender = smtp
    await sender.send(outgoing())
    mail = server.mails[0]
    assert (mail["To"], mail["From"]) == ("anna@example.pl", "sklep@szlak.example")
    assert mail["Message-ID"] == "<delivery-7@szlak.example>"
    content = mail.get_content()
    assert "Paczka wyjdzie jutro – przepraszamy." in content and "Ola" in content
    assert "https://szlak.example/?resume=c1" in content


async def test_a_confirmation_has_the_way_to_its_page_and_nothing_of_the_conversation(
    smtp: tuple[Server, EmailSender],
) -> None:
    server, sender = smtp
    await sender.send(dataclasses.replace(outgoing(), one_time_link="ab12"))
    content = server.mails[0].get_content()
    assert "https://szlak.example/confirm#ab12" in content and "liczbę" in content
    assert "Paczka" not in content and "resume" not in content


@pytest.mark.parametrize(("answer", "remedy"), [("550 no such user", GiveUp), ("451 try later", RetryLater)])
async def test_a_refusal_is_final_or_not(
    smtp: tuple[Server, EmailSender], answer: str, remedy: type[Exception]
) -> None:
    smtp[0].answer = answer
    with pytest.raises(remedy):
        await smtp[1].send(outgoing())


async def test_no_server_is_tried_again_later() -> None:
    sender = EmailSender(f"smtp://127.0.0.1:{free_port()}", "sklep@szlak.example", RESPONSES, str, str)
    with pytest.raises(RetryLater):
        await sender.send(outgoing())


async def test_an_address_cannot_smuggle_headers(smtp: tuple[Server, EmailSender]) -> None:
    with pytest.raises(ValueError):
        smtp[1].compose(outgoing("a@b.pl\nBcc: everybody@example.pl"))


def test_a_wrong_setting_is_said() -> None:
    with pytest.raises(SettingsError):
        EmailSender("http://mail", "sklep@szlak.example", RESPONSES, str, str)
