"""The brain's own command line, run by the gateway: `python -m bot.brain serve | train | evaluate | measure`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import warnings
from pathlib import Path

import structlog


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.brain")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="answer turns on a loopback port until standard input closes")
    serve.add_argument("--model", required=True)
    serve.add_argument("--port", type=int, required=True)
    serve.add_argument("--endpoints", required=True)
    serve.add_argument("--credentials", required=True)
    train = commands.add_parser("train", help="train a model; progress as JSON lines")
    train.add_argument("--output", required=True)
    train.add_argument("--name", required=True)
    evaluate = commands.add_parser("evaluate", help="measure a model on utterances it never saw; JSON")
    evaluate.add_argument("--model", required=True)
    evaluate.add_argument("--data", required=True)
    measure = commands.add_parser("measure", help="for the bench: train a pipeline, or time its parses; JSON")
    measure.add_argument("--config", help="train by this configuration")
    measure.add_argument("--output")
    measure.add_argument("--model", help="parse with this model")
    measure.add_argument("--texts")
    options = parser.parse_args()
    be_quiet()
    if options.command == "serve":
        die_with_parent()
        from bot.brain.serve import serve as run

        run(options.model, options.port, options.endpoints, options.credentials)
    elif options.command == "train":
        from bot.brain.train import train as run_training

        sys.exit(run_training(Path(options.output), options.name))
    elif options.command == "measure":
        from bot.brain import measure as measuring

        if options.config:
            measuring.train(Path(options.config), Path(options.output))
        else:
            measuring.parse(Path(options.model), Path(options.texts))
    else:
        from bot.brain.evaluate import evaluate as run_evaluation

        run_evaluation(Path(options.model), Path(options.data))


def be_quiet() -> None:
    """What libraries have to say about themselves is not for whoever started the product.

    Rasa also logs every sentence it parses, at a level that structlog prints unless told otherwise.
    """
    os.environ.update(
        TF_CPP_MIN_LOG_LEVEL="3",
        RASA_TELEMETRY_ENABLED="false",
        SQLALCHEMY_SILENCE_UBER_WARNING="1",
        CUDA_VISIBLE_DEVICES="-1",
        PYTHONWARNINGS="ignore",
    )
    warnings.simplefilter("ignore")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")


def die_with_parent() -> None:
    """The gateway holds the other end of our standard input: when it is gone, however it went, so are we."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
