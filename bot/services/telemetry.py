"""What operators watch: Prometheus metrics, counted where things happen, without personal data."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ACCEPTED = Counter("tellonce_messages_accepted", "Customer messages stored", ["kind"])
TURNS = Counter("tellonce_turns", "Turns of the bot by what they came to", ["outcome"])
TURN_SECONDS = Histogram(
    "tellonce_turn_seconds",
    "From taking the messages to the committed answer",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10),
)
STAGE_SECONDS = Histogram(
    "tellonce_stage_seconds",
    "Where the time of a message goes: accept, queue, brain, actions, commit, send",
    ["stage"],
    buckets=(
        *(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3),
        *(0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60, 120),
    ),
)
HANDOFFS = Counter("tellonce_handoffs", "Conversations handed to a human", ["reason"])
DELIVERIES = Counter("tellonce_deliveries", "Tries to send a message to a channel", ["channel", "result"])
BRAIN_READY = Gauge("tellonce_brain_ready", "1 while the brain answers")
SOCKETS_OPEN = Gauge("tellonce_websockets_open", "Open WebSockets of customers")
WAITING = Gauge("tellonce_conversations_waiting", "Conversations waiting for a human")
