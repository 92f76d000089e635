"""Staff, for administrators: list, invite, change, close and reopen accounts."""

from __future__ import annotations

from aiohttp import web

from bot.domain.errors import InvalidValue
from bot.services.people import LANGUAGES, LONGEST_EMAIL, LONGEST_NAME, ROLES
from bot.services.staff import Changes, Invitation, Member, Staff
from bot.web.auth import USER, require
from bot.web.body import json_object, one_of, optional_string, string
from bot.web.keys import SETTINGS, STAFF


@require("admin")
async def list_users(request: web.Request) -> web.Response:
    return web.json_response({"users": [_user(member) for member in await staff(request).members()]})


@require("admin")
async def post_user(request: web.Request) -> web.Response:
    body = await json_object(request)
    invitation = await staff(request).invite(
        request[USER],
        email=string(body, "email", most=LONGEST_EMAIL),
        name=optional_string(body, "name", most=LONGEST_NAME) or "",
        role=one_of(body, "role", ROLES),
        language=one_of(body, "language", LANGUAGES, default="pl"),
    )
    return await _invited(request, invitation)


@require("admin")
async def patch_user(request: web.Request) -> web.Response:
    body = await json_object(request)
    active = body.get("active")
    if active is not None and not isinstance(active, bool):
        raise InvalidValue(details={"field": "active"})
    changes = Changes(
        name=string(body, "name", most=LONGEST_NAME) if "name" in body else None,
        role=one_of(body, "role", ROLES) if "role" in body else None,
        language=one_of(body, "language", LANGUAGES) if "language" in body else None,
        active=active,
    )
    released = await staff(request).change(request[USER], _id(request), changes)
    member = await staff(request).member(_id(request))
    return web.json_response({"user": _user(member), "released": released})


@require("admin")
async def post_password_link(request: web.Request) -> web.Response:
    return await _invited(request, await staff(request).new_link(request[USER], _id(request)))


async def _invited(request: web.Request, invitation: Invitation) -> web.Response:
    settings = request.config_dict[SETTINGS]
    # Without a public address, the one this administrator uses is one that works.
    base = settings.url if settings.public_url else f"{request.scheme}://{request.host}"
    answer = {
        "user": _user(await staff(request).member(invitation.user.id)),
        "link": f"{base}/setup#{invitation.code}",
        "expires_at": invitation.expires_at.isoformat(),
    }
    return web.json_response(answer, status=201)


def staff(request: web.Request) -> Staff:
    return request.config_dict[STAFF]


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


def _user(member: Member) -> dict[str, object]:
    user, until = member.user, member.link_until
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "language": user.language,
        "active": user.active,
        "invited": not user.password_hash,
        "link_until": until.isoformat() if until else None,
        "conversations": member.conversations,
        "last_seen_at": user.last_seen_at.isoformat() if user.last_seen_at else None,
        "created_at": user.created_at.isoformat(),
    }
