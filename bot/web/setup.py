"""The public web application: middlewares, routes, headers."""

from __future__ import annotations

from aiohttp import web

from bot.web import assets, webhooks
from bot.web.accounts import routes as accounts
from bot.web.api import routes as operations
from bot.web.chat import routes as chat
from bot.web.chat.socket import close_all
from bot.web.desk import routes as desk
from bot.web.errors import errors
from bot.web.keys import SOCKETS
from bot.web.security import chat_origin, security_headers
from bot.web.shop import routes as shop
from bot.web.studio import routes as studio


def create_web_app() -> web.Application:
    """Routes and middlewares only; the composition root adds what handlers need before it starts."""
    app = web.Application(middlewares=[chat_origin, errors], client_max_size=2**20)
    app[SOCKETS] = set()
    for module in (assets, operations, webhooks, chat, shop, desk, studio, accounts):
        module.setup_routes(app)
    app.on_response_prepare.append(security_headers)
    app.on_shutdown.append(close_all)
    return app
