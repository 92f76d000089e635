"""Routes of set-up, of one's own account and of staff. Logging in itself is among the desk's."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from bot.web.accounts import own, setup, users
from bot.web.assets import assets, page

HERE = Path(__file__).parent


def setup_routes(app: web.Application) -> None:
    router = app.router
    router.add_get("/setup", page(HERE / "setup.html", "no-referrer"))
    router.add_get("/setup/static/{name:.+}", assets(HERE / "static"))
    router.add_get("/api/setup", setup.state)
    router.add_post("/api/setup/check", setup.check)
    router.add_post("/api/setup/admin", setup.first_admin)
    router.add_post("/api/setup/password", setup.choose_password)
    router.add_patch("/api/desk/me", own.patch_me)
    router.add_post("/api/desk/password", own.change_password)
    router.add_get("/api/desk/sessions", own.list_sessions)
    router.add_delete("/api/desk/sessions", own.end_other_sessions)
    router.add_delete("/api/desk/sessions/{id}", own.end_session)
    router.add_get("/api/studio/users", users.list_users)
    router.add_post("/api/studio/users", users.post_user)
    router.add_patch(r"/api/studio/users/{id:\d{1,9}}", users.patch_user)
    router.add_post(r"/api/studio/users/{id:\d{1,9}}/password-link", users.post_password_link)
