"""Every page and every state of it that matters, in light and dark, wide and narrow: no serious violation by axe-core."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.browser.conftest import Browsers
from tests.browser.tour import Tour
from tests.running import Running

SERIOUS = ("serious", "critical")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("scheme", "language", "size"),
    [("light", "pl", (1440, 900)), ("dark", "en", (390, 844))],
    ids=["light, wide", "dark, phone"],
)
async def test_no_serious_violation(
    browsers: Browsers, gateway: Running, scheme: str, language: str, size: tuple[int, int]
) -> None:
    axe = Axe()
    found: dict[str, list[str]] = {}
    async for name, page in Tour(browsers.browser, gateway, scheme, language, size).stops():
        result = await axe.run(page)
        faults = [violation for violation in result.response["violations"] if violation["impact"] in SERIOUS]
        if faults:
            found[name] = [
                f"{fault['id']}: {node['target']} {node['failureSummary']}"
                for fault in faults
                for node in fault["nodes"]
            ]
    assert found == {}
