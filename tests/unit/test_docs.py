"""The documentation is held to the code: routes, settings, errors, intents, commands."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from jsonschema import Draft202012Validator
from prometheus_client import REGISTRY

import bot.shop.errors  # noqa: F401 - its errors are part of the tree
from actions import ACTIONS
from bot.__main__ import parser
from bot.domain import errors
from bot.domain.errors import TellOnceError
from bot.responses import Responses
from bot.settings import PREFIX, PROJECT, Settings
from bot.shop.layout import FILES
from bot.web.api.routes import description
from bot.web.setup import create_web_app
from tests.fakes import rules
from tests.running import running_gateway

DOCS = PROJECT / "docs"
DESCRIBED = re.compile(r"/(api|webhooks)/|/(healthz|readyz|metrics)$")
METHODS = ("get", "put", "post", "delete", "patch")
LONGEST_LINE = 120

# Joined here, so that this file does not name what it forbids.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pytorch", "org/whl"),
        ("npmjs", "org"),
        ("anaconda", "org"),
    )
]
FORBIDDEN = re.compile("|".join([*map(re.escape, REGISTRIES), r"(?<![\w./:}-])/(?:work|home|root|Users)/[\w.]"]))


# The API's description


def operations() -> set[tuple[str, str]]:
    return {
        (method.upper(), path) for path, item in description()["paths"].items() for method in item if method in METHODS
    }


def routes() -> set[tuple[str, str]]:
    found = set()
    for route in create_web_app().router.routes():
        path = route.resource.canonical if route.resource else ""
        if DESCRIBED.match(path) and route.method != "HEAD":
            found.add((route.method, path))
    return found


def test_every_route_is_described_and_nothing_else() -> None:
    assert operations() == routes()


def nodes(value: Any, path: str = "#") -> Iterator[tuple[str, Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield from nodes(inside, f"{path}/{key}")


def resolved(reference: str) -> Any:
    """What a reference of the document points at. Raises KeyError."""
    found: Any = description()
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return found


def whole(value: Any) -> Any:
    """`value` with every reference replaced by what it points at."""
    if isinstance(value, dict):
        if "$ref" in value:
            return whole(resolved(value["$ref"]))
        return {key: whole(inside) for key, inside in value.items()}
    return [whole(inside) for inside in value] if isinstance(value, list) else value


def test_the_description_is_served_as_json() -> None:
    assert json.loads(json.dumps(description()))["openapi"] == "3.1.0"


def test_every_reference_resolves() -> None:
    references = [node["$ref"] for _, node in nodes(description()) if isinstance(node, dict) and "$ref" in node]
    assert len(references) > 100
    for reference in references:
        assert resolved(reference), reference


def schemas() -> list[tuple[str, Any]]:
    named = [(f"#/components/schemas/{name}", s) for name, s in description()["components"]["schemas"].items()]
    return named + [(path, node) for path, node in nodes(description()) if path.endswith("/schema")]


def test_every_schema_is_valid() -> None:
    for path, schema in schemas():
        try:
            Draft202012Validator.check_schema(whole(schema))
        except Exception as error:
            raise AssertionError(f"{path}: {error}") from error


def test_every_required_property_is_described() -> None:
    for path, schema in nodes(description()):
        if isinstance(schema, dict) and "properties" in schema and "required" in schema:
            assert set(schema["required"]) <= set(schema["properties"]), path


def test_every_example_fits_its_schema() -> None:
    shown = [(path, schema, schema["example"]) for path, schema in schemas() if "example" in schema]
    for path, node in nodes(description()):
        if path.endswith("/application/json") and "schema" in node:
            examples = [entry["value"] for entry in node.get("examples", {}).values()]
            examples += [node["example"]] if "example" in node else []
            shown += [(path, node["schema"], one) for one in examples]
    assert len(shown) > 40
    for path, schema, example in shown:
        for problem in Draft202012Validator(whole(schema)).iter_errors(example):
            raise AssertionError(f"{path}: {problem.message}")


def test_every_operation_has_its_own_name_and_says_who_may_call_it() -> None:
    found = [item[m] for item in description()["paths"].values() for m in item if m in METHODS]
    names = [operation["operationId"] for operation in found]
    assert len(names) == len(set(names))
    known = set(description()["components"]["securitySchemes"])
    for operation in found:
        assert operation["summary"] and operation["responses"], operation["operationId"]
        assert {scheme for option in operation["security"] for scheme in option} <= known, operation["operationId"]


def test_staff_calls_need_the_cookie_and_changes_the_csrf_token() -> None:
    for path, item in description()["paths"].items():
        for method in item:
            if method not in METHODS or not path.startswith(("/api/desk/", "/api/studio/")) or path.endswith("/login"):
                continue
            wanted = {"staffCookie"} if method == "get" else {"staffCookie", "csrfToken"}
            assert [set(option) for option in item[method]["security"]] == [wanted], (method, path)


async def test_what_the_gateway_answers_fits_the_description(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as gateway:
        customer = await gateway.customer()
        await customer.says("Gdzie jest moje zamówienie 100610? Mój e-mail to anna.kowalska@example.pl")
        await customer.says("Chcę rozmawiać z człowiekiem")
        bearer = {"headers": customer.headers}
        async with gateway.http.post(f"{gateway.url}/api/chat/sessions", json={}) as response:
            await fits(response, "/api/chat/sessions")
        async with gateway.http.get(f"{gateway.url}/api/chat/messages", **bearer) as response:
            assert len((await fits(response, "/api/chat/messages"))["messages"]) > 3
        async with gateway.http.post(f"{gateway.url}/api/chat/messages", json={}, **bearer) as response:
            await fits(response, "/api/chat/messages")
        for path in ("/healthz", "/readyz", "/api/openapi.json"):
            async with gateway.http.get(gateway.url + path) as response:
                await fits(response, path)
        async with gateway.http.post(f"{gateway.url}/webhooks/telegram") as response:
            await fits(response, "/webhooks/telegram")
        admin = await gateway.agent(role="admin")
        one = "/api/desk/conversations/{id}"
        try:
            for method, path, body in (
                ("GET", "/api/desk/me", None),
                ("GET", "/api/desk/agents", None),
                ("GET", "/api/desk/sessions", None),
                ("PATCH", "/api/desk/me", {"language": "pl"}),
                ("POST", "/api/desk/password", {"old": "x", "new": "x"}),
                ("GET", "/api/desk/metrics", None),
                ("GET", "/api/setup", None),
                ("POST", "/api/setup/check", {"code": "x"}),
                ("POST", "/api/studio/users", {"email": "jan@example.pl", "role": "agent"}),
                ("PATCH", "/api/studio/users/{id}", {"name": "Ewa"}),
                ("POST", "/api/studio/users/{id}/password-link", None),
                ("GET", "/api/desk/conversations", None),
                ("POST", f"{one}/claim", None),
                ("POST", f"{one}/claim", None),
                ("POST", f"{one}/messages", {"text": "Już sprawdzam"}),
                ("POST", f"{one}/messages", {"text": ""}),
                ("PUT", f"{one}/facts/{{key}}", {"value": "x"}),
                ("POST", f"{one}/snooze", {"until": "2020-01-01T00:00:00+00:00"}),
                ("GET", one, None),
                ("POST", f"{one}/return", {"outcome": "continue"}),
                ("POST", f"{one}/resolve", {"outcome": "done"}),
                *(("GET", path, None) for path in description()["paths"] if re.match(r"/api/studio/[a-z]+$", path)),
                ("GET", "/api/studio/intents/{name}", None),
                ("GET", "/api/studio/trainings/{id}", None),
                ("POST", "/api/studio/parse", {"text": "gdzie paczka"}),
            ):
                if (method, path) not in operations():
                    continue
                given = {"id": customer.conversation_id if "desk" in path else "1", "key": "size", "name": "greet"}
                called = admin.http.request(
                    method, gateway.url + path.format(**given), json=body, headers={"X-CSRF-Token": admin.csrf}
                )
                async with called as response:
                    answer = await fits(response, path)
                if (method, path) == ("GET", one):  # or there would be little to compare
                    assert answer["context"]["orders"] and answer["context"]["bot_attempts"]
        finally:
            await admin.http.close()


async def fits(response: aiohttp.ClientResponse, path: str) -> Any:
    """The body of the answer, which is as described for its path, method and status."""
    answer = await response.json()
    of = description()["paths"][path][response.method.lower()]["responses"]
    assert str(response.status) in of, f"{response.method} {path}: {response.status} {answer}"
    schema = whole(of[str(response.status)])["content"]["application/json"]["schema"]
    problems = [f"{path}: {p.json_path}: {p.message}" for p in Draft202012Validator(closed(schema)).iter_errors(answer)]
    assert not problems
    return answer


def closed(schema: Any) -> Any:
    """The same schema, allowing no property that it does not name."""
    if isinstance(schema, list):
        return [closed(inside) for inside in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(inside) for key, inside in schema.items()}
    if "allOf" in schema:
        return {"allOf": schema["allOf"], "unevaluatedProperties": False}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        inner["additionalProperties"] = False
    return inner


def test_every_error_code_is_described() -> None:
    codes = resolved("#/components/schemas/Error")["properties"]["error"]["properties"]["code"]["enum"]
    assert codes == sorted(tree())


# Tables of the documentation


def table(name: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table under that first column heading: first cell -> the others, both without backticks."""
    found: dict[str, list[str]] = {}
    inside = False
    for line in (DOCS / name).read_text("utf-8").splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            inside = False
        elif cells[0] == heading:
            inside = True
        elif inside and set(cells[0]) - set("-: "):
            key = cells[0].strip("`")
            assert key not in found, f"{key} is there twice"
            found[key] = [cell.strip("`") for cell in cells[1:]]
    return found


def test_every_setting_is_documented_with_its_default_and_nothing_else_is() -> None:
    documented = {name: cells[0] for name, cells in table("settings.md", "setting").items()}
    assert documented == {PREFIX + f.name.upper(): spelt(f.default) for f in fields(Settings)}


def spelt(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) or "empty"


def test_no_other_page_mentions_a_setting_that_is_not_there() -> None:
    known = {PREFIX + f.name.upper() for f in fields(Settings)}
    for path in [*PROJECT.glob("*.md"), *DOCS.rglob("*.md"), Path(str(PROJECT / "bot/web/api/openapi.yml"))]:
        for name in re.findall(r"TELLONCE_[A-Z][A-Z_]*[A-Z]", path.read_text("utf-8")):
            assert name in known, f"{path.name}: {name}"


@cache
def tree() -> dict[str, int]:
    """Every error code that the product's own code can raise, with its status."""
    found: dict[str, int] = {}
    classes = [TellOnceError]
    while classes:
        one = classes.pop()
        if one.__module__.startswith("bot."):
            assert found.setdefault(one.code, one.status) == one.status, f"{one.code} has two statuses"
        classes += one.__subclasses__()
    return found


def test_every_error_is_documented_with_its_status() -> None:
    documented = {code: int(cells[0]) for code, cells in table("errors.md", "code").items()}
    assert documented == tree()


def test_every_error_has_words_in_both_languages() -> None:
    # Some are met only on the command line, where their message is the words.
    responses = Responses(PROJECT / "data" / "responses")
    own = {e.code for e in vars(errors).values() if isinstance(e, type) and issubclass(e, TellOnceError)}
    missing = {code for code in own if responses.languages(f"utter_error_{code}") != {"pl", "en"}}
    assert not missing


def test_every_intent_is_documented_and_has_a_rule_and_an_action() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))
    added = {intent for intent, action in rules().items() if action == "action_answer"}  # by administrators
    documented = {intent: cells[0] for intent, cells in table("intents.md", "intent").items()}
    assert documented == {i: rules()[i] for i in domain["intents"] if i not in added}
    offered = {action.name() for action in ACTIONS}
    assert set(rules().values()) <= offered
    assert set(domain["actions"]) == offered


def commands(of: argparse.ArgumentParser) -> Iterator[str]:
    """`run`, `user add` …"""
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inside in action.choices.items():
                deeper = list(commands(inside))
                yield from (f"{name} {rest}" for rest in deeper) if deeper else [name]


@pytest.mark.parametrize("command", list(commands(parser())))
def test_every_command_is_documented(command: str) -> None:
    read = (PROJECT / "README.md").read_text("utf-8") + (DOCS / "operations.md").read_text("utf-8")
    assert re.search(rf"`?tellonce {command}\b", read)


def listed(section: str, word: str) -> set[str]:
    """The names in backticks of the item `- must: …` or `- may: …`."""
    found = re.search(rf"^- {word}: (.*?)(?=^- |^#|\Z)", section, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`(\w+)`", found[1])) if found else set()


def test_every_file_to_import_is_documented_with_its_columns() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    sections = dict(re.findall(r"^### `(\w+\.csv)`\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(FILES)
    for name, file in FILES.items():
        must = {column for column, known in file.columns.items() if known.required}
        assert listed(sections[name], "must") == must, name
        assert listed(sections[name], "may") == set(file.columns) - must, name


def test_every_metric_is_documented() -> None:
    names = {family.name for family in REGISTRY.collect() if family.name.startswith("tellonce_")}
    documented = {re.sub(r"(_total)?(\{.*)?$", "", name) for name in table("operations.md", "metric")}
    assert documented == names


# The files


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a Git checkout")
    return [PROJECT / name for name in listed.decode().split("\0") if name and (PROJECT / name).is_file()]


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found = FORBIDDEN.search(text)
        assert found is None, f"{path.relative_to(PROJECT)}: {found[0]}"


def pages() -> list[Path]:
    return [*PROJECT.glob("*.md"), *DOCS.rglob("*.md")]


def test_lines_of_the_documentation_are_readable() -> None:
    for path in pages():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert len(line) <= LONGEST_LINE, f"{path.relative_to(PROJECT)}:{number}"


def test_links_of_the_documentation_lead_somewhere() -> None:
    for path in pages():
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.relative_to(PROJECT)}: {target}"


def test_paths_named_in_the_documentation_exist() -> None:
    roots = "bot|actions|integrations|data|docs|tests"
    for path in pages():
        for name in re.findall(rf"`((?:{roots})/[\w./-]+)`", path.read_text("utf-8")):
            assert (PROJECT / name).exists(), f"{path.relative_to(PROJECT)}: {name}"
