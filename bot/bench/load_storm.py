"""`tellonce bench load --saturate N`: several times what the brain can do, and what becomes of those customers."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from bot.bench.load_crowd import PAUSE, crowd
from bot.bench.load_figures import percentile
from bot.bench.load_report import AGENTS, WARM_UP, measured
from bot.bench.load_site import Site, running_site

CALM = 10.0
ACCEPT_AIM = 0.1
UNPROCESSED = "SELECT count(*) FROM messages WHERE sender = 'customer' AND processed_at IS NULL"
RECEIVED = "SELECT count(*) FROM messages WHERE sender = 'customer'"
WAITING = "SELECT count(*) FROM channel_events WHERE processed_at IS NULL"


async def measure(options: argparse.Namespace, model: Path) -> int:
    """Calm, storm, calm again; nothing may be lost."""
    async with running_site(options.database, options.units, model, AGENTS) as site:
        print(f"{options.database}, {options.units} unit(s); idle: {site.memory()}", flush=True)
        async with crowd(site) as people:
            await people.invite(math.ceil(CALM * PAUSE * 1.2))
            sent = (await people.write(*WARM_UP)).sent
            await people.settled()
            calm = await measured(site, people, CALM, options.seconds)
            await people.invite(math.ceil(options.saturate * options.seconds))
            storm = await measured(site, people, options.saturate, options.seconds)
            after = await measured(site, people, CALM, options.seconds)
            sent += calm.sent + storm.sent + after.sent
            return await _verdict(site, sent, percentile(storm.accepted, 0.95) or 0.0, storm.typing)


async def _verdict(site: Site, sent: int, accept_p95: float, typing: int) -> int:
    received, left = await site.count(RECEIVED), await site.count(UNPROCESSED) + await site.count(WAITING)
    print(f"\nin the storm: accepted in {1000 * accept_p95:.0f} ms (p95, aim {1000 * ACCEPT_AIM:.0f})")
    print(f"in the storm: {typing} web customers saw that the assistant is at work before it answered")
    print(f"afterwards: {sent} sent, {received} stored, {left} not dealt with")
    return 0 if accept_p95 <= ACCEPT_AIM and received == sent and not left else 1
