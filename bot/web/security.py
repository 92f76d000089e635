"""Headers every answer carries, and who may call the chat from another site."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.domain.errors import OriginNotAllowed
from bot.web.errors import Handler, as_response
from bot.web.keys import SETTINGS

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)


def origin_allowed(request: web.Request) -> bool:
    """True without an Origin (no browser), for the gateway's own pages, and for the shop's configured origins."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return True
    origin = origin.rstrip("/")
    settings = request.config_dict[SETTINGS]
    own = {f"http://{request.host}", f"https://{request.host}", settings.url}
    return origin in own or "*" in settings.origins or origin in settings.origins


@web.middleware
async def chat_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Cross-origin rules of `/api/chat`: refused or allowed with the headers a browser needs to see."""
    if not request.path.startswith("/api/chat"):
        return await handler(request)
    if not origin_allowed(request):
        return as_response(request, OriginNotAllowed())
    preflight = request.method == "OPTIONS" and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    response = web.Response(status=204) if preflight else await handler(request)
    origin = request.headers.get(hdrs.ORIGIN)
    if origin and not response.prepared:
        response.headers.update(
            {
                hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
                hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST",
                hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Type",
                hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: "Retry-After",
                hdrs.ACCESS_CONTROL_MAX_AGE: "600",
                hdrs.VARY: "Origin",
            }
        )
    return response


async def security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler for `on_response_prepare`."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
