"""Export shows all of a customer, erasure leaves nothing that names them but what the law wants kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.errors import NotFound
from bot.services.privacy import export, forget
from bot.storage.base import Base
from bot.storage.shop import Invoice
from tests.running import running_gateway

JAN = "jan.nowicki@example.pl"


async def test_export_then_forget(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as gateway:
        customer = await gateway.customer()
        await customer.says(f"gdzie jest zamówienie 100554? {JAN}")
        await customer.says("chcę rozmawiać z człowiekiem, telefon 601 234 567")
        document = await export(gateway.built.database, JAN)
        assert {"customers", "orders", "payments", "messages", "facts", "verification_attempts"} <= set(document)
        assert all(document[part] for part in ("orders", "payments", "messages", "facts", "events"))

        counts = await forget(gateway.built.database, JAN, gateway.built.clock.now(), tmp_path)
        assert counts == {"customers": 1, "conversations": 1, "files": 0}
        everything = json.dumps(await whole_database(gateway.built.database), default=str, ensure_ascii=False)
        for trace in (JAN, "Jan Nowicki", "601234567"):
            assert trace not in everything, trace
        with pytest.raises(NotFound):
            await export(gateway.built.database, JAN)


async def whole_database(database: object) -> list[object]:
    """Every row of every table but issued invoices."""
    rows: list[object] = []
    async with database.read() as session:  # type: ignore[attr-defined]
        for table in Base.metadata.tables.values():
            if table.name != Invoice.__tablename__:
                rows += [tuple(row) for row in await session.execute(select(table))]
    return rows
