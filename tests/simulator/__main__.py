"""`python -m tests.simulator --seed 7 --conversations 1000`: plays them, prints the table and what went wrong."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import structlog

from tests.simulator.case import GOALS
from tests.simulator.report import table, too_often_human, transcript
from tests.simulator.run import simulated


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--conversations", type=int, default=320)
    parser.add_argument("--goal", action="append", choices=list(GOALS), help="only this one; may be given again")
    parser.add_argument("--show", type=int, action="append", help="print the conversation of this number")
    parser.add_argument("--faults", type=int, default=5, help="print so many conversations in which something is wrong")
    parser.add_argument("--needed", type=int, default=0, help="print so many that needed a human")
    parser.add_argument("--model", type=Path, help="a trained model; by default one of the present files")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        played, seconds = asyncio.run(
            simulated(Path(folder), options.seed, options.conversations, options.goal, options.model, options.show)
        )
    shown = [one for one in played if options.show]
    shown += (
        [one for one in played if one.problems or one.end == "failed"][: options.faults] if not options.show else []
    )
    shown += [one for one in played if one.end == "needed" and not one.problems][: options.needed]
    for one in shown:
        print(transcript(one), end="\n\n")
    print(table(played))
    wrong = [one for one in played if one.problems or one.end == "failed"]
    human = too_often_human(played)
    print(f"{len(played)} conversations in {seconds:.0f} s (with starting {time.monotonic() - began:.0f} s)")
    print(*human, sep="\n")
    print("with faults: " + ", ".join(f"#{one.plan.number}" for one in wrong) if wrong else "no faults")
    return 1 if wrong or human else 0


if __name__ == "__main__":
    raise SystemExit(main())
