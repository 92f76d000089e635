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
HANDOFFS = Counter("tellonce_handoffs", "Conversations handed to a human", ["reason"])
DELIVERIES = Counter("tellonce_deliveries", "Tries to send a message to a channel", ["channel", "result"])
BRAIN_READY = Gauge("tellonce_brain_ready", "1 while the brain answers")
SOCKETS_OPEN = Gauge("tellonce_websockets_open", "Open WebSockets of customers")
WAITING = Gauge("tellonce_conversations_waiting", "Conversations waiting for a human")
