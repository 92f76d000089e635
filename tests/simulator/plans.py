"""Which conversations are played: every goal as often as the others, every persona with every goal in time."""

from __future__ import annotations

import random

from bot.storage.shop import Customer
from tests.simulator import goals as all_goals  # noqa: F401 - registers them
from tests.simulator.answering import Plan
from tests.simulator.case import GOALS, Case, Making
from tests.simulator.personas import PERSONAS, Persona
from tests.simulator.world import World

LATER = ("call back", "invoice", "order status", "tell me when it is back", "contact")
"""What customers come back for."""


def plans(world: World, seed: int, count: int, goals: list[str] | None = None) -> list[Plan]:
    """`count` conversations; the same for the same seed and shop, however many are played at once."""
    chance = random.Random(seed)
    names = goals or list(GOALS)
    customers = list(world.customers.values())
    chance.shuffle(customers)
    personas: list[Persona] = []
    taken: set[str] = set()
    found: list[Plan] = []
    for number in range(count):
        if len(personas) < 1:
            personas = chance.sample(PERSONAS, len(PERSONAS))
        persona = personas.pop()
        plan = _plan(
            world,
            random.Random(f"{seed}.{number}"),
            number,
            seed,
            names[number % len(names)],
            persona,
            taken,
            customers,
        )
        if plan is not None:
            found.append(plan)
    return found


def _plan(
    world: World,
    chance: random.Random,
    number: int,
    seed: int,
    name: str,
    persona: Persona,
    taken: set[str],
    customers: list[Customer],
) -> Plan | None:
    language = "pl" if chance.random() < 0.55 else "en"
    customer = None
    case: Case | None = None
    if chance.random() < 0.35:
        for candidate in list(customers):
            making = Making(world, chance, language, candidate, taken)
            case = GOALS[name](making)
            if case is not None:
                customer = candidate
                customers.remove(candidate)
                break
    if case is None:
        case = GOALS[name](Making(world, chance, language, None, taken))
    if case is None:
        return None
    case.language = language
    later = None
    if customer is not None and chance.random() < 0.7:
        again = chance.choice(LATER)
        later = GOALS[again](Making(world, chance, language, customer, taken))
        if later is not None:
            later.language = language
            if "phone" in case.facts and "phone" in later.facts:
                later.facts["phone"] = case.facts["phone"]
    return Plan(
        number,
        seed,
        persona,
        case,
        language,
        customer,
        at_night=chance.random() < 0.1,
        linked=chance.random() < 0.12,
        later=later,
    )
