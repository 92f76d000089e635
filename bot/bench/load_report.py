"""One step of `tellonce bench load`, measured and printed."""

from __future__ import annotations

import time

from bot.bench.load_crowd import SETTLE_SECONDS, Crowd
from bot.bench.load_figures import STAGES, Step, between, percentile, quantile, row
from bot.bench.load_site import Site, processor_words

AGENTS = 3
WARM_UP = 5.0, 8.0
"""Rate and seconds of the step before the first, which is not shown."""
SHARES = (0.5, 0.95, 0.99)


async def measured(site: Site, people: Crowd, rate: float, seconds: float) -> Step:
    """One step, printed. It is over when everybody has their answer."""
    stages, used, began = await site.stages(), site.processor(), time.monotonic()
    size, messages = await site.size(), await site.count("SELECT count(*) FROM messages")
    step = await people.write(rate, seconds)
    words = processor_words(used, site.processor(), time.monotonic() - began, step.in_time)
    late = await people.settled()
    added = between(stages, await site.stages())
    print(f"\n{rate:g}/s for {seconds:g} s: sent {step.sent / seconds:.1f}/s, answered {step.rate:.1f}/s", flush=True)
    print("                   p50      p95      p99 ms")
    print(f"  accepted    {row([percentile(step.accepted, share) for share in SHARES])}")
    for channel, found in sorted(step.answered.items()):
        print(f"  {channel:<12}{row([percentile(found, share) for share in SHARES])}  ({len(found)} answers)")
    for stage in STAGES:
        print(f"    {stage:<10}{row([quantile(added.get(stage, {}), share) for share in SHARES])}")
    print(f"  processor   {words}")
    print(f"  memory      {site.memory()}")
    grown = await site.count("SELECT count(*) FROM messages") - messages
    if grown:
        print(f"  database    {(await site.size() - size) / grown * 1000 / 1e6:.1f} MB per 1,000 messages")
    if step.counted:
        print("  agents      " + " · ".join(f"{what} {count}" for what, count in sorted(step.counted.items())))
    if late > 1:
        print(
            f"  all were answered {late:.1f} s after the step" if late < SETTLE_SECONDS else "  NOT all were answered"
        )
    for problem, count in step.problems.most_common(5):
        print(f"  problem     {count} × {problem}")
    return step
