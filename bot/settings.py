"""Every setting, where it comes from and what is right for it. Nothing else reads the environment."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import holidays
from dotenv import dotenv_values

from bot.domain.errors import SettingsError
from bot.domain.hours import SHOP_ZONE, OpeningHours

PREFIX = "TELLONCE_"
PROJECT = Path(__file__).resolve().parents[1]
LONGEST_NAME = 40
"""What the chat's header has room for."""


def setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Settings:
    """`TELLONCE_<NAME>` for each field, from the environment or `.env`. See docs/settings.md, held to this by a test."""

    host: str = setting("127.0.0.1", "Address the gateway listens on. `0.0.0.0` to be reached from other machines.")
    port: int = setting(8080, "Port of the gateway.")
    public_url: str = setting(
        "", "Address customers and agents use, e.g. `https://chat.shop.pl`. Default: host and port."
    )
    data_dir: Path = setting(Path("var"), "Folder for the database, models, attachments and secrets.")
    database_url: str = setting("", "`sqlite:///…` or `postgresql://…`. Default: `tellonce.db` in the data folder.")
    unit: str = setting("", "Name of this gateway where several share a database and a data folder, e.g. `a`.")
    allowed_origins: str = setting("*", "Origins of pages that may use the chat, separated by commas; `*` for any.")
    identity_secret: str = setting("", "Secret shared with the shop's backend for signed customer identities (HS256).")
    desk_hours: str = setting("1-5 08:00-20:00, 6 10:00-16:00", "When agents answer; 1 is Monday. Closed on holidays.")
    holidays_country: str = setting("PL", "Country whose public holidays the desk keeps.")
    languages: str = setting("pl,en", "Languages of the shop; the first is used until a customer's is known.")
    chat_colour: str = setting("", "Colour of the chat as #rrggbb. Empty: its own green.")
    chat_position: str = setting("right", "Corner of the chat's button: right or left.")
    chat_name: str = setting("", "Name in the chat's header while the assistant answers. Empty: shop assistant.")
    refund_limit: int = setting(2000, "A refund above this many PLN is decided by a human.")
    return_days: int = setting(0, "Days to return a sound product. 0 = what the shop's profile says, at least 14.")
    embedding_model: str = setting(
        "", "A sentence-transformers model on this machine, name or folder, for search by meaning. Empty: our own."
    )
    brain_url: str = setting("", "A brain started elsewhere, e.g. `http://127.0.0.1:5005`. Default: run our own.")
    brain_secret: str = setting("", "Secret between gateway and brain. Default: new at every start.")
    actions_port: int = setting(0, "Loopback port where the brain calls actions. 0: any free one.")
    answer_seconds: float = setting(10.0, "A brain slower than this is treated as down: a human is called.")
    turns_at_once: int = setting(4, "Turns under way at once in one gateway.")
    log_level: str = setting("info", "debug, info, warning or error.")
    secure_cookies: bool = setting(False, "Set on https: staff cookies are then never sent in the clear.")
    proxies: int = setting(0, "Proxies of yours in front; the caller's address is read from X-Forwarded-For past them.")
    smtp_url: str = setting("", "`smtp://user:password@host:587` for answers to customers who left. Empty: none.")
    smtp_from: str = setting("", "Sender address of those e-mails.")
    telegram_token: str = setting("", "Token of the Telegram bot, from @BotFather. Empty: no Telegram.")
    telegram_mode: str = setting("polling", "polling: we ask Telegram; webhook: Telegram calls our https address.")
    telegram_api: str = setting("https://api.telegram.org", "Where the Bot API is: another address for a stand-in.")
    messenger_token: str = setting("", "Access token of the Facebook Page. Empty: no Messenger.")
    messenger_app_secret: str = setting("", "App secret of the Meta app: signs what Messenger sends us.")
    messenger_verify_token: str = setting("", "The word you type as verify token in the Meta app's webhook settings.")
    messenger_persona_picture: str = setting("", "Address of a picture: agents then answer under their first names.")
    messenger_api: str = setting(
        "https://graph.facebook.com", "Where the Graph API is: another address for a stand-in."
    )

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
        """From `environment` (default: the process's and `.env` in `folder`). Raises SettingsError naming the setting."""
        if environment is None:
            file = {k: v for k, v in dotenv_values((folder or Path.cwd()) / ".env").items() if v is not None}
            environment = {**file, **os.environ}
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        unknown = [name for name in environment if name.startswith(PREFIX) and name not in known]
        if unknown:
            raise SettingsError(f"unknown setting {unknown[0]}; the known ones are in docs/settings.md")
        values = {
            f.name: _convert(name, environment[name], f.default) for name, f in known.items() if environment.get(name)
        }
        settings = cls(**values)
        settings._check()
        return settings

    def _check(self) -> None:
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"TELLONCE_PORT is {self.port}: it must be 0 to 65535")
        if not re.fullmatch(r"[a-z0-9-]{0,20}", self.unit):
            raise SettingsError(f"TELLONCE_UNIT is {self.unit!r}: use at most 20 of a-z, 0-9 and -")
        if not 0 <= self.proxies <= 10:
            raise SettingsError(f"TELLONCE_PROXIES is {self.proxies}: it must be 0 to 10")
        try:
            self.hours()
        except ValueError as error:
            raise SettingsError(f"TELLONCE_DESK_HOURS: {error}") from error
        if self.holidays_country not in holidays.list_supported_countries():
            raise SettingsError(f"TELLONCE_HOLIDAYS_COUNTRY is {self.holidays_country!r}: use a code such as PL")
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise SettingsError(f"TELLONCE_LOG_LEVEL is {self.log_level!r}: use debug, info, warning or error")
        if set(self.language_list) - {"pl", "en"}:
            raise SettingsError(f"TELLONCE_LANGUAGES is {self.languages!r}: use pl, en, or both")
        if self.chat_colour and not re.fullmatch(r"#[0-9a-fA-F]{6}", self.chat_colour):
            raise SettingsError(f"TELLONCE_CHAT_COLOUR is {self.chat_colour!r}: use six hex digits, as in #0d6655")
        if self.chat_position not in ("right", "left"):
            raise SettingsError(f"TELLONCE_CHAT_POSITION is {self.chat_position!r}: use right or left")
        if len(self.chat_name) > LONGEST_NAME:
            raise SettingsError(f"TELLONCE_CHAT_NAME is longer than {LONGEST_NAME} characters")
        if self.identity_secret and len(self.identity_secret) < 32:
            raise SettingsError("TELLONCE_IDENTITY_SECRET is too short: use at least 32 characters")
        if self.brain_url and len(self.brain_secret) < 16:
            raise SettingsError(
                "TELLONCE_BRAIN_URL needs TELLONCE_BRAIN_SECRET: at least 16 characters, the brain's too"
            )
        if self.telegram_mode not in ("polling", "webhook"):
            raise SettingsError(f"TELLONCE_TELEGRAM_MODE is {self.telegram_mode!r}: use polling or webhook")
        if self.telegram_token and not re.fullmatch(r"\d+:[\w-]{20,}", self.telegram_token):
            raise SettingsError("TELLONCE_TELEGRAM_TOKEN is not like 123456789:AAF… as @BotFather gives it")
        official = self.telegram_api == "https://api.telegram.org"
        if self.telegram_token and self.telegram_mode == "webhook" and official and not self.url.startswith("https://"):
            raise SettingsError("TELLONCE_TELEGRAM_MODE webhook needs TELLONCE_PUBLIC_URL with https; or use polling")
        if self.messenger_token and not (self.messenger_app_secret and self.messenger_verify_token):
            raise SettingsError(
                "TELLONCE_MESSENGER_TOKEN needs TELLONCE_MESSENGER_APP_SECRET and TELLONCE_MESSENGER_VERIFY_TOKEN too"
            )
        if self.database_url and not self.database_url.startswith(("sqlite:///", "postgresql://")):
            raise SettingsError("TELLONCE_DATABASE_URL must start with sqlite:/// or postgresql://")

    def hours(self) -> OpeningHours:
        return OpeningHours.parse(self.desk_hours, SHOP_ZONE, self.holidays_country)

    @property
    def language_list(self) -> list[str]:
        return [part.strip() for part in self.languages.split(",") if part.strip()]

    @property
    def origins(self) -> set[str]:
        return {part.strip().rstrip("/") for part in self.allowed_origins.split(",") if part.strip()}

    @property
    def url(self) -> str:
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0") else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def known_url(self) -> str:
        """`url`, or nothing while the port is any free one: then addresses are given relative to the gateway."""
        return self.url if self.public_url or self.port else ""

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'tellonce.db').absolute()}"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def attachments_dir(self) -> Path:
        return self.data_dir / "attachments"

    @property
    def brain_dir(self) -> Path:
        return self.data_dir / (f"brain-{self.unit}" if self.unit else "brain")

    @property
    def log_file(self) -> Path:
        return self.data_dir / (f"gateway-{self.unit}.log" if self.unit else "gateway.log")

    def secret(self, name: str) -> bytes:
        """A secret of this installation, made at first use and kept in the data folder, readable by its owner only."""
        file = self.data_dir / "secrets" / name
        try:
            return bytes.fromhex(file.read_text().strip())
        except FileNotFoundError:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            whole = file.with_name(f".{name}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
                opened.write(secrets.token_hex(32))
            with suppress(FileExistsError):  # another gateway that starts now was quicker: then it is that one's
                file.hardlink_to(whole)
            whole.unlink()
            return bytes.fromhex(file.read_text().strip())


def _convert(name: str, text: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        return type(default)(text)
    except (ValueError, KeyError) as error:
        kind = {bool: "true or false", int: "a whole number", float: "a number"}.get(type(default), "a value")
        raise SettingsError(f"{name} is {text!r}: it must be {kind}") from error
