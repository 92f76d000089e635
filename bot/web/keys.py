"""Where handlers find what the composition root built. Read them with `request.config_dict[KEY]`: it sees parent apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from bot.responses import Responses
    from bot.services.accounts import Accounts
    from bot.services.attachments import Attachments
    from bot.services.continuing import Continuing
    from bot.services.demo_shop import DemoShop
    from bot.services.desk import Desk
    from bot.services.identity import Identities
    from bot.services.inbox import Inbox
    from bot.services.intake import Intake
    from bot.services.linking import Linking
    from bot.services.metrics import Metrics
    from bot.services.models import Models
    from bot.services.own_account import OwnAccount
    from bot.services.ports import Bell, Brain, Clock
    from bot.services.project_files import ProjectFiles
    from bot.services.project_history import ProjectHistory
    from bot.services.reach import ResumeLinks
    from bot.services.reading import Reading
    from bot.services.setup_links import SetupLinks
    from bot.services.staff import Staff
    from bot.services.training import Trainings
    from bot.services.turns import Turns
    from bot.services.unrecognised import UnrecognisedSentences
    from bot.settings import Settings
    from bot.storage.database import Database

DATABASE: web.AppKey[Database] = web.AppKey("database")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
BELL: web.AppKey[Bell] = web.AppKey("bell")
RESPONSES: web.AppKey[Responses] = web.AppKey("responses")
TURNS: web.AppKey[Turns] = web.AppKey("turns")
ACCOUNTS: web.AppKey[Accounts] = web.AppKey("accounts")
OWN_ACCOUNT: web.AppKey[OwnAccount] = web.AppKey("own_account")
SETUP_LINKS: web.AppKey[SetupLinks] = web.AppKey("setup_links")
STAFF: web.AppKey[Staff] = web.AppKey("staff")
DESK: web.AppKey[Desk] = web.AppKey("desk")
SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
INBOX: web.AppKey[Inbox] = web.AppKey("inbox")
INTAKE: web.AppKey[Intake] = web.AppKey("intake")
READING: web.AppKey[Reading] = web.AppKey("reading")
DEMO_SHOP: web.AppKey[DemoShop] = web.AppKey("demo_shop")
IDENTITIES: web.AppKey[Identities] = web.AppKey("identities")
ATTACHMENTS: web.AppKey[Attachments] = web.AppKey("attachments")
RESUME_LINKS: web.AppKey[ResumeLinks] = web.AppKey("resume_links")
LINKING: web.AppKey[Linking] = web.AppKey("linking")
CONTINUING: web.AppKey[Continuing] = web.AppKey("continuing")
SOCKETS = web.AppKey("sockets", set[Any])
"""Open WebSockets, closed in order at shutdown."""
METRICS: web.AppKey[Metrics] = web.AppKey("metrics")
MODELS: web.AppKey[Models] = web.AppKey("models")
PROJECT_FILES: web.AppKey[ProjectFiles] = web.AppKey("project_files")
PROJECT_HISTORY: web.AppKey[ProjectHistory] = web.AppKey("project_history")
TRAININGS: web.AppKey[Trainings] = web.AppKey("trainings")
UNRECOGNISED: web.AppKey[UnrecognisedSentences] = web.AppKey("unrecognised")
BRAIN: web.AppKey[Brain] = web.AppKey("brain")
