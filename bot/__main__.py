"""The command line: `tellonce <command>`; `tellonce --help` names them."""

from __future__ import annotations

import argparse
import os
import sys

from bot.domain.errors import TellOnceError


def parser() -> argparse.ArgumentParser:
    """Every command, with its arguments and one line of help."""
    top = argparse.ArgumentParser(prog="tellonce", description="Customer service for online shops.")
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("run", help="set everything up that is missing, then run gateway and brain")
    commands.add_parser("gateway", help="run gateway and brain on what is already set up")
    commands.add_parser("train", help="train a model from the project's files and make it the active one")
    load = commands.add_parser("import", help="load a shop's data from a folder of CSV files, all of it or nothing")
    load.add_argument("folder")
    user = commands.add_parser("user", help="staff accounts").add_subparsers(dest="action", required=True)
    add = user.add_parser("add", help="add an agent, manager or admin")
    add.add_argument("--email", required=True)
    add.add_argument("--role", required=True, choices=["agent", "manager", "admin"])
    add.add_argument("--name")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    commands.add_parser("migrate", help="bring the database to the newest schema")
    for name, what in (("forget", "erase"), ("export", "print as JSON")):
        person = commands.add_parser(name, help=f"{what} everything known about a customer")
        person.add_argument("customer", help="customer id or e-mail")
    channels = commands.add_parser("channels", help="Telegram and Messenger").add_subparsers(
        dest="action", required=True
    )
    phone = channels.add_parser("simulate", help="stand-ins of both on this machine, with a phone to try them")
    phone.add_argument("--port", type=int, default=8090)
    phone.add_argument("--gateway", default="http://localhost:8080", help="where Messenger's events go")
    bench = commands.add_parser("bench", help="measure on this machine")
    bench.add_argument("what", choices=["chat", "load", "nlu", "search", "turn"])
    bench.add_argument("rest", nargs=argparse.REMAINDER)
    return top


def main() -> None:
    """Run one command. Everything that can go wrong in a known way ends in one line on standard error and code 2."""
    options = parser().parse_args()
    # Before anything loads numpy, and for the brain and trainings too: its helper threads spin while they wait, which took
    # four times what a turn's own arithmetic takes. The arrays are small, one thread is quicker anyway.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from bot import commands

    try:
        sys.exit(commands.run(options))
    except TellOnceError as error:
        print(f"tellonce: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
