"""Which outside channels the settings ask for. Their libraries are loaded only for those."""

from __future__ import annotations

from bot.responses import Responses
from bot.services.arrivals import Channel
from bot.services.claims import Claims
from bot.services.ports import Clock
from bot.settings import Settings


def configured_channels(settings: Settings, responses: Responses, clock: Clock, claims: Claims) -> list[Channel]:
    """Built, not started."""
    channels: list[Channel] = []
    if settings.telegram_token:
        channels.append(telegram_channel(settings, responses, claims))
    if settings.messenger_token:
        channels.append(messenger_channel(settings, responses, clock, claims))
    return channels


def telegram_channel(settings: Settings, responses: Responses, claims: Claims) -> Channel:
    from integrations.telegram.channel import TelegramChannel

    return TelegramChannel(
        settings.telegram_token,
        responses,
        settings.language_list,
        api=settings.telegram_api.rstrip("/"),
        webhook=f"{settings.url}/webhooks/telegram" if settings.telegram_mode == "webhook" else None,
        secret=settings.secret("telegram_webhook").hex(),
        base=settings.url,
        claims=claims,
    )


def messenger_channel(settings: Settings, responses: Responses, clock: Clock, claims: Claims) -> Channel:
    from integrations.messenger.channel import MessengerChannel

    return MessengerChannel(
        settings.messenger_token,
        settings.messenger_app_secret,
        settings.messenger_verify_token,
        responses,
        settings.language_list,
        clock,
        api=settings.messenger_api.rstrip("/"),
        persona_picture=settings.messenger_persona_picture,
        base=settings.url,
        claims=claims,
    )
