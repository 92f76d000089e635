"""The one error tree. A code is part of the contract; the words for it live in `data/responses/errors.yml`."""

from __future__ import annotations

from typing import Any


class TellOnceError(Exception):
    """Something the caller can be told about. `code` is stable, `status` is the HTTP status it is rendered with."""

    code = "internal"
    status = 500

    def __init__(self, message: str = "", *, details: dict[str, Any] | None = None, **values: Any) -> None:
        super().__init__(message or self.code)
        self.message = message
        self.details = details or {}
        self.values = values
        """Numbers and names the text of this error may mention."""


class BadRequest(TellOnceError):
    code, status = "bad_request", 400


class InvalidText(TellOnceError):
    code, status = "invalid_text", 422


class InvalidValue(TellOnceError):
    code, status = "invalid_value", 422


class TextTooLong(TellOnceError):
    code, status = "text_too_long", 413


class TooLarge(TellOnceError):
    code, status = "too_large", 413


class UnsupportedFile(TellOnceError):
    code, status = "unsupported_file", 422


class Unauthorized(TellOnceError):
    code, status = "unauthorized", 401


class BadCredentials(TellOnceError):
    code, status = "bad_credentials", 401


class InvalidIdentity(TellOnceError):
    code, status = "invalid_identity", 401


class Forbidden(TellOnceError):
    code, status = "forbidden", 403


class InvalidLink(TellOnceError):
    """A set-up link that is wrong, was used, or is over."""

    code, status = "invalid_link", 403


class OriginNotAllowed(TellOnceError):
    code, status = "origin_not_allowed", 403


class CsrfFailed(TellOnceError):
    code, status = "csrf_failed", 403


class NotOwner(TellOnceError):
    code, status = "not_owner", 403


class NotFound(TellOnceError):
    code, status = "not_found", 404


class ChannelNotConfigured(TellOnceError):
    code, status = "channel_not_configured", 404


class AlreadyClaimed(TellOnceError):
    """Details carry `by`: the name of the agent who has the conversation."""

    code, status = "already_claimed", 409


class NotPossibleNow(TellOnceError):
    """The event is not allowed in the conversation's present state; details carry `state`."""

    code, status = "not_possible_now", 409


class ButtonExpired(TellOnceError):
    """Details carry `buttons`: the ones that still work."""

    code, status = "button_expired", 409


class Busy(TellOnceError):
    code, status = "busy", 409


class TooManyRequests(TellOnceError):
    """`values["retry_after"]` is the number of seconds after which another try is accepted."""

    code, status = "too_many_requests", 429


class BrainUnavailable(TellOnceError):
    """The assistant cannot answer: not running, not ready, broken model, or too slow."""

    code, status = "brain_unavailable", 503


class BrainLost(BrainUnavailable):
    """The connection to the brain broke before an answer: it may come back within the time a turn has."""


class StorageUnavailable(TellOnceError):
    """The database is locked, the disk is full: nothing was stored."""

    code, status = "storage_unavailable", 503


class OwnerChanged(TellOnceError):
    """The conversation changed hands while this was being said: nothing of it was stored or sent."""

    code, status = "owner_changed", 409


class SettingsError(TellOnceError):
    """A setting is wrong. The message says which, and what would be right."""

    code, status = "bad_setting", 500


class StartupError(TellOnceError):
    """The product cannot start. The message is one line that says what to do."""

    code, status = "cannot_start", 500
