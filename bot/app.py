"""The composition root: the one place that knows how everything is put together, and how it starts and stops."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
from aiohttp import web
from rasa_sdk.executor import ActionExecutor

from actions import ACTIONS
from actions.base import use_turns
from bot.channels import configured_channels
from bot.domain.errors import NotPossibleNow, StartupError
from bot.responses import Responses
from bot.services import watching
from bot.services.accounts import Accounts
from bot.services.arrivals import Channel
from bot.services.attachments import Attachments
from bot.services.bell import LocalBell
from bot.services.case_clock import CaseClock
from bot.services.continuing import Continuing
from bot.services.demo_shop import DemoShop
from bot.services.desk import Desk
from bot.services.dialogue import ShopRules
from bot.services.identity import Identities
from bot.services.inbox import Inbox
from bot.services.intake import Intake
from bot.services.leaving import Leaving
from bot.services.linking import Linking
from bot.services.metrics import Metrics
from bot.services.models import Models
from bot.services.one_time_links import OneTimeLinks
from bot.services.outbox import Outbox
from bot.services.own_account import OwnAccount
from bot.services.policies import load_policies
from bot.services.ports import Brain, ChannelSender, Clock, SystemClock
from bot.services.project_files import ProjectFiles
from bot.services.project_history import ProjectHistory
from bot.services.reach import ResumeLinks
from bot.services.reading import Reading
from bot.services.receiving import Receiving
from bot.services.setup_links import SetupLinks
from bot.services.staff import Staff
from bot.services.training import Trainings
from bot.services.training_process import TrainingSettings
from bot.services.turns import TurnLimits, Turns
from bot.services.units import Unit, unit_for
from bot.services.unrecognised import UnrecognisedSentences
from bot.services.workers import Workers
from bot.settings import PROJECT, Settings
from bot.shop.search import Search
from bot.storage.database import Database
from bot.web import keys
from bot.web.actions import actions_app
from bot.web.setup import create_web_app
from integrations.email.sender import EmailSender
from integrations.rasa.remote import RemoteBrain
from integrations.rasa.supervisor import BrainSupervisor

log = structlog.get_logger(__name__)
HOUSEKEEPING_SECONDS = 15.0
FOLLOW_SECONDS = 5.0


class ManagedBrain(Brain, Protocol):
    """A brain this process starts and stops: the supervisor, or a stand-in in tests."""

    async def start(self, model: Path) -> None: ...

    async def stop(self) -> None: ...

    async def switch(self, model: Path) -> None: ...


@dataclass
class Gateway:
    """Everything of one gateway, built but not started."""

    settings: Settings
    clock: Clock
    database: Database
    unit: Unit
    bell: LocalBell
    responses: Responses
    brain: ManagedBrain
    turns: Turns
    workers: Workers
    inbox: Inbox
    intake: Intake
    reading: Reading
    outbox: Outbox
    accounts: Accounts
    desk: Desk
    executor: ActionExecutor
    setup_links: SetupLinks
    models: Models
    trainings: Trainings
    files: ProjectFiles
    history: ProjectHistory
    resume_links: ResumeLinks
    continuing: Continuing
    linking: Linking
    actions_port: int = 0
    """Where the brain finds the actions: known once the gateway has started."""


def build(
    settings: Settings,
    *,
    brain: ManagedBrain | None = None,
    clock: Clock | None = None,
    senders: dict[str, ChannelSender] | None = None,
    limits: TurnLimits | None = None,
    training: TrainingSettings | None = None,
    channels: list[Channel] | None = None,
) -> Gateway:
    """Put a gateway together. Connects to nothing and starts nothing."""
    clock = clock or SystemClock()
    database = Database(settings.database)
    unit = unit_for(settings.database)
    bell, claims = unit.bell, unit.claims
    training = training or training_settings(settings)
    files = ProjectFiles(training.root)
    history = ProjectHistory(database, clock, files, claims)
    responses = Responses(training.root / "data" / "responses")
    executor = action_executor()
    brain = brain or own_brain(settings, lambda: gateway.actions_port)
    rules = ShopRules(
        settings.hours(),
        settings.refund_limit,
        settings.secret("address_key"),
        settings.return_days,
        settings.known_url,
        bool(settings.smtp_url) or "email" in (senders or {}),
    )
    policies = load_policies(PROJECT / "data" / "policies.yml")
    limits = limits or TurnLimits(answer_seconds=settings.answer_seconds)
    turns = Turns(database, brain, clock, responses, policies, rules, bell, limits)
    use_turns(turns)
    workers = Workers(database, turns.process, at_once=settings.turns_at_once, claims=claims)
    inbox = Inbox(database, clock, responses, bell, workers.wake, settings.language_list)
    models = Models(database, clock, settings.models_dir, brain, bell=bell, claims=claims)
    resume_links = ResumeLinks(settings.secret("resume_key"), settings.url)
    one_time_links = OneTimeLinks(settings.secret("one_time_links"))
    if senders is None and settings.smtp_url:
        senders = {"email": email_sender(settings, responses, resume_links, one_time_links)}
    if channels is None:
        channels = configured_channels(settings, responses, clock, claims)
    attachments = Attachments(database, clock, settings.attachments_dir)
    continuing = Continuing(database, clock, one_time_links, channels)
    receiving = Receiving(clock, responses, settings.language_list, continuing)
    accounts = Accounts(database, clock, bell=bell)
    gateway = Gateway(
        settings=settings,
        clock=clock,
        database=database,
        unit=unit,
        bell=bell,
        responses=responses,
        brain=brain,
        turns=turns,
        workers=workers,
        inbox=inbox,
        intake=Intake(database, clock, bell, channels, receiving, attachments, workers.wake, claims),
        reading=Reading(database, clock, bell, settings.hours()),
        outbox=Outbox(
            database,
            clock,
            bell,
            {**(senders or {}), **{c.name: c for c in channels}},
            settings.attachments_dir,
            claims,
        ),
        accounts=accounts,
        setup_links=SetupLinks(database, clock, accounts),
        desk=Desk(database, clock, responses, bell, settings.hours(), workers.wake, continuing),
        executor=executor,
        models=models,
        trainings=Trainings(database, clock, training, models, files, history),
        files=files,
        history=history,
        resume_links=resume_links,
        continuing=continuing,
        linking=Linking(database, clock, bell, responses, one_time_links),
    )
    return gateway


def training_settings(settings: Settings) -> TrainingSettings:
    return TrainingSettings(root=PROJECT, models=settings.models_dir.absolute())


def action_executor() -> ActionExecutor:
    """rasa_sdk's own executor with the project's actions."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action)
    return executor


def email_sender(
    settings: Settings, responses: Responses, resume_links: ResumeLinks, one_time_links: OneTimeLinks
) -> EmailSender:
    # Behind the #, so that no server, proxy or log sees the code on the way to the page.
    page = f"{settings.url}/confirm#"
    return EmailSender(
        settings.smtp_url,
        settings.smtp_from,
        responses,
        resume_links.make,
        lambda number: page + one_time_links.code(number),
    )


def own_brain(settings: Settings, actions_port: Callable[[], int]) -> ManagedBrain:
    """The brain the settings ask for: a process of our own, or one that runs elsewhere."""
    if settings.brain_url:
        return RemoteBrain(settings.brain_url, settings.brain_secret)
    return BrainSupervisor(
        settings.brain_dir.absolute(),
        lambda: f"http://127.0.0.1:{actions_port()}/actions",
        secret=settings.brain_secret,
        project=PROJECT,
    )


def web_application(gateway: Gateway) -> web.Application:
    """The public application with everything its handlers need."""
    app = create_web_app()
    app[keys.SETTINGS] = gateway.settings
    app[keys.DATABASE] = gateway.database
    app[keys.CLOCK] = gateway.clock
    app[keys.BELL] = gateway.bell
    app[keys.RESPONSES] = gateway.responses
    app[keys.BRAIN] = gateway.brain
    app[keys.TURNS] = gateway.turns
    app[keys.INBOX] = gateway.inbox
    app[keys.INTAKE] = gateway.intake
    app[keys.READING] = gateway.reading
    # Without a secret of the shop's backend one of our own: then only the sample shop's pages vouch for anybody.
    secret = gateway.settings.identity_secret or gateway.settings.secret("identity").hex()
    app[keys.IDENTITIES] = Identities(gateway.database, secret)
    app[keys.DEMO_SHOP] = DemoShop(secret)
    app[keys.ATTACHMENTS] = Attachments(gateway.database, gateway.clock, gateway.settings.attachments_dir)
    app[keys.RESUME_LINKS] = gateway.resume_links
    app[keys.CONTINUING] = gateway.continuing
    app[keys.LINKING] = gateway.linking
    app[keys.ACCOUNTS] = gateway.accounts
    app[keys.OWN_ACCOUNT] = OwnAccount(gateway.database, gateway.clock, gateway.accounts)
    app[keys.SETUP_LINKS] = gateway.setup_links
    app[keys.STAFF] = staff(gateway)
    app[keys.DESK] = gateway.desk
    app[keys.PROJECT_FILES] = gateway.files
    app[keys.PROJECT_HISTORY] = gateway.history
    app[keys.TRAININGS] = gateway.trainings
    app[keys.MODELS] = gateway.models
    app[keys.METRICS] = Metrics(gateway.database, gateway.clock, gateway.settings.hours().zone)
    app[keys.UNRECOGNISED] = UnrecognisedSentences(gateway.database, gateway.clock, gateway.files, gateway.history)

    async def work(_: web.Application) -> AsyncIterator[None]:
        async with Background(gateway):
            yield

    app.cleanup_ctx.append(work)
    return app


def staff(gateway: Gateway) -> Staff:
    """Staff as administrators see them; who leaves has their conversations taken up by the others."""
    leaving = Leaving(gateway.database, gateway.clock, gateway.responses, gateway.bell, gateway.settings.hours())
    return Staff(gateway.database, gateway.clock, gateway.accounts, gateway.setup_links, leaving.release)


class Background:
    """Async context: the gateway's background work, started in order and stopped in the opposite one."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._actions: web.AppRunner | None = None
        self._housekeeping: asyncio.Future[list[None]] | None = None
        self._search: Search | None = None

    async def __aenter__(self) -> Gateway:
        gateway = self._gateway
        self._search = await Search.open(gateway.database, gateway.settings.embedding_model)
        secret = getattr(gateway.brain, "secret", gateway.settings.brain_secret)
        self._actions = web.AppRunner(actions_app(gateway.executor, secret), access_log=None)
        await self._actions.setup()
        site = web.TCPSite(self._actions, "127.0.0.1", gateway.settings.actions_port)
        await start_site(site, "127.0.0.1", gateway.settings.actions_port, "TELLONCE_ACTIONS_PORT")
        gateway.actions_port = self._actions.addresses[0][1]
        await gateway.unit.start()
        await gateway.trainings.recover()
        with suppress(NotPossibleNow):  # a file broken by hand: the studio says so, customers are served
            await gateway.history.look()
        active = await gateway.models.active()
        await gateway.brain.start(gateway.models.path(active.id if active else "none"))
        gateway.models.serves(active.id if active else None)
        await gateway.workers.start()
        await gateway.outbox.start()
        await gateway.intake.start()
        self._housekeeping = asyncio.gather(housekeeping(gateway), *followers(gateway))
        return gateway

    async def __aexit__(self, *_: object) -> None:
        gateway = self._gateway
        if self._housekeeping:
            self._housekeeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._housekeeping
        await gateway.intake.stop()
        await gateway.workers.stop()
        await gateway.outbox.stop()
        await gateway.intake.close()
        await gateway.trainings.close()
        await gateway.brain.stop()
        if self._actions:
            await self._actions.cleanup()
        if self._search:
            await self._search.close()
        await gateway.unit.stop()
        await gateway.database.close()


async def housekeeping(gateway: Gateway) -> None:
    """What only time brings about: snoozes end, long waits escalate, absent agents are replaced, promises are kept."""
    cases = CaseClock(gateway.database, gateway.clock)
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        try:
            async with gateway.unit.claims.hold("housekeeping") as mine:
                if mine:
                    await gateway.desk.housekeeping()
                    await watching.run(
                        gateway.database, gateway.clock, gateway.responses, gateway.bell, gateway.turns.rules
                    )
                    await cases.look()
        except Exception:
            log.exception("housekeeping_failed")


def followers(gateway: Gateway) -> list[Coroutine[None, None, None]]:
    """What this gateway learns from the others, where there may be others."""
    if not gateway.unit.claims.shared:
        return []
    return [follow_models(gateway), follow_logins(gateway)]


async def follow_models(gateway: Gateway) -> None:
    """A model published on another gateway answers here too."""
    async with gateway.bell.listen("models") as bell:
        while True:
            await bell.wait(FOLLOW_SECONDS)
            try:
                await gateway.models.follow()
            except Exception:
                log.exception("model_not_followed")


async def follow_logins(gateway: Gateway) -> None:
    """Log-ins ended on another gateway: desks that listen here look at once whether theirs is one of them."""
    async with gateway.bell.listen("logins") as bell:
        while True:
            if await bell.wait(60.0):
                gateway.accounts.ended += 1
                gateway.bell.ring_here("desk")


async def start_site(site: web.TCPSite, host: str, port: int, setting: str) -> None:
    """Raises StartupError when the port is taken or not ours to use."""
    try:
        await site.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartupError(f"port {port} is taken: stop what uses it, or set {setting} to another one") from error
        raise StartupError(f"cannot listen on {host}:{port}: {error.strerror}; set {setting} to another one") from error
