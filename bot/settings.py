"""Every setting, where it comes from and what is right for it. Nothing else reads the environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import holidays
from dotenv import dotenv_values

from bot.domain.errors import SettingsError
from bot.domain.hours import SHOP_ZONE, OpeningHours

PREFIX = "TELLONCE_"
PROJECT = Path(__file__).resolve().parents[1]


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
    allowed_origins: str = setting("*", "Origins of pages that may use the chat, separated by commas; `*` for any.")
    identity_secret: str = setting("", "Secret shared with the shop's backend for signed customer identities (HS256).")
    desk_hours: str = setting("1-5 08:00-20:00, 6 10:00-16:00", "When agents answer; 1 is Monday. Closed on holidays.")
    holidays_country: str = setting("PL", "Country whose public holidays the desk keeps.")
    languages: str = setting("pl,en", "Languages of the shop; the first is used until a customer's is known.")
    refund_limit: int = setting(2000, "A refund above this many PLN is decided by a human.")
    return_days: int = setting(0, "Days to return a sound product. 0 = what the shop's profile says, at least 14.")
    brain_url: str = setting("", "A brain started elsewhere, e.g. `http://127.0.0.1:5005`. Default: run our own.")
    brain_secret: str = setting("", "Secret between gateway and brain. Default: new at every start.")
    actions_port: int = setting(0, "Loopback port where the brain calls actions. 0: any free one.")
    answer_seconds: float = setting(10.0, "A brain slower than this is treated as down: a human is called.")
    turns_at_once: int = setting(12, "Turns under way at once in one gateway.")
    log_level: str = setting("info", "debug, info, warning or error.")
    secure_cookies: bool = setting(False, "Set on https: staff cookies are then never sent in the clear.")
    smtp_url: str = setting("", "`smtp://user:password@host:587` for answers to customers who left. Empty: none.")
    smtp_from: str = setting("", "Sender address of those e-mails.")

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
        if self.identity_secret and len(self.identity_secret) < 32:
            raise SettingsError("TELLONCE_IDENTITY_SECRET is too short: use at least 32 characters")
        if self.brain_url and len(self.brain_secret) < 16:
            raise SettingsError(
                "TELLONCE_BRAIN_URL needs TELLONCE_BRAIN_SECRET: at least 16 characters, the brain's too"
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
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'tellonce.db').absolute()}"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def attachments_dir(self) -> Path:
        return self.data_dir / "attachments"

    def secret(self, name: str) -> bytes:
        """A secret of this installation, made at first use and kept in the data folder, readable by its owner only."""
        file = self.data_dir / "secrets" / name
        try:
            return bytes.fromhex(file.read_text().strip())
        except FileNotFoundError:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            value = secrets.token_bytes(32)
            try:
                handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return self.secret(name)
            with os.fdopen(handle, "w") as opened:
                opened.write(value.hex())
            return value


def _convert(name: str, text: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        return type(default)(text)
    except (ValueError, KeyError) as error:
        kind = {bool: "true or false", int: "a whole number", float: "a number"}.get(type(default), "a value")
        raise SettingsError(f"{name} is {text!r}: it must be {kind}") from error
