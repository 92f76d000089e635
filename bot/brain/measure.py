"""For `tellonce bench nlu`: train a pipeline, or parse sentences with a trained one, and say what it took. JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

import psutil
from rasa.core.agent import Agent
from rasa.model_training import train_nlu


def train(config: Path, output: Path) -> None:
    """Train understanding alone on `data/nlu`. Prints {"model", "seconds", "cpu"}, in which no imports are counted."""
    began, worked = time.perf_counter(), time.process_time()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        model = train_nlu(str(config), "data/nlu", str(output), domain="domain.yml")
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
    print(json.dumps({"model": model} | took))


def parse(model: Path, texts: Path) -> None:
    """`texts` is a JSON list. Prints {"found": [[intent, confidence], …], "seconds": […], "cpu": […], "rss_mb"}."""
    print(json.dumps(asyncio.run(_parse(model, json.loads(texts.read_text("utf-8"))))))


async def _parse(model: Path, texts: list[str]) -> dict[str, Any]:
    agent = Agent.load(str(model))
    for text in texts[:5]:  # whatever is made only once a process is no part of a parse
        await agent.parse_message(text)
    found, seconds, cpu = [], [], []
    for text in texts:
        began, worked = time.perf_counter(), time.process_time()
        parsed = await agent.parse_message(text)
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
        ranking = [entry for entry in parsed["intent_ranking"] if entry["name"] != "nlu_fallback"]
        found.append([ranking[0]["name"], ranking[0]["confidence"]] if ranking else ["", 0.0])
    return {"found": found, "seconds": seconds, "cpu": cpu, "rss_mb": psutil.Process().memory_info().rss / 2**20}
