"""The studio's routes: its page, and the admin API of the contract."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from bot.web.assets import assets, page
from bot.web.studio import files, learning

HERE = Path(__file__).parent


def setup_routes(app: web.Application) -> None:
    router = app.router
    router.add_get("/studio", page(HERE / "studio.html"))
    router.add_get("/studio/static/{name:.+}", assets(HERE / "static"))
    router.add_get("/api/studio/intents", files.list_intents)
    router.add_get("/api/studio/intents/{name}", files.get_intent)
    router.add_put("/api/studio/intents/{name}", files.put_intent)
    router.add_delete("/api/studio/intents/{name}", files.delete_intent)
    router.add_post("/api/studio/intents/{name}/check", files.check_intent)
    router.add_get("/api/studio/responses", files.list_responses)
    router.add_get("/api/studio/responses/{name}", files.get_response)
    router.add_put("/api/studio/responses/{name}", files.put_response)
    router.add_get("/api/studio/history", files.list_history)
    router.add_get(r"/api/studio/history/{id:\d{1,9}}", files.get_version)
    router.add_post(r"/api/studio/history/{id:\d{1,9}}/undo", files.undo_version)
    router.add_post("/api/studio/parse", learning.parse)
    router.add_get("/api/studio/trainings", learning.latest_training)
    router.add_post("/api/studio/trainings", learning.post_training)
    router.add_get(r"/api/studio/trainings/{id:\d{1,9}}", learning.get_training)
    router.add_post(r"/api/studio/trainings/{id:\d{1,9}}/cancel", learning.cancel_training)
    router.add_get("/api/studio/models", learning.list_models)
    router.add_post("/api/studio/models/{id}/activate", learning.activate_model)
    router.add_get("/api/studio/unrecognised", learning.list_unrecognised)
    router.add_post(r"/api/studio/unrecognised/{id:\d{1,9}}", learning.resolve_unrecognised)
    router.add_post(r"/api/studio/unrecognised/{id:\d{1,9}}/undo", learning.reopen_unrecognised)
    router.add_get("/api/studio/metrics", learning.metrics)
