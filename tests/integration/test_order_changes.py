"""What the assistant changed of orders, when the shop's files are imported that may not know of it yet; who sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.services.context_changes import changes_of
from bot.services.privacy import export, forget
from bot.shop.changes import cancel_order, change_delivery, change_line, undo_change
from bot.shop.errors import ShopRefused
from bot.shop.importer import import_shop
from bot.shop.orders import find_order
from bot.storage.database import Database
from bot.storage.shop import Order, OrderChange, OrderLine, Variant
from bot.storage.tables import Conversation
from tests.databases import prepared_database
from tests.fakes import FakeClock

EMILYS = "emily.carter@example.pl"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    clock = FakeClock()
    opened = Database(await prepared_database(tmp_path, clock))
    async with opened.write() as session:
        session.add(Conversation(id="c1", created_at=clock.now(), updated_at=clock.now()))
    yield opened
    await opened.close()


NOW = FakeClock().now()


async def change(database: Database, number: str, do: Any) -> None:
    async with database.write() as session:
        order = await find_order(session, number)
        assert order is not None
        do(session, order)


def cancelled(session: Any, order: Order) -> None:
    cancel_order(session, order, NOW, "c1")


def moved(session: Any, order: Order) -> None:
    change_delivery(session, order, {"street": "ul. Nowa 1", "city": "Gdynia", "postcode": "81-366"}, NOW, "c1")


def without_mat(session: Any, order: Order) -> None:
    change_line(session, order, order.lines[1], NOW, "c1", quantity=0, delivery=Decimal(0))


async def imports(database: Database, folder: Path, **files: str) -> OrderChange:
    """Import a partial folder; the change as it is afterwards."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    await import_shop(database, folder, now=NOW + dt.timedelta(hours=1))
    async with database.read() as session:
        return (await session.scalars(select(OrderChange).order_by(OrderChange.id))).all()[-1]


async def order_of(database: Database, number: str) -> Order:
    async with database.read() as session:
        order = await find_order(session, number)
        assert order is not None
        return order


def closed(row: OrderChange) -> str:
    states = {"undone": row.undone_at, "applied": row.applied_at, "overruled": row.overruled_at}
    return ",".join(name for name, at in states.items() if at is not None) or "open"


ORDER = "number,customer_id,status,street,postcode,city\n"


@pytest.mark.parametrize(
    ("status", "is_now", "state"),
    [
        ("paid", "cancelled", "open"),
        ("packed", "cancelled", "open"),
        ("cancelled", "cancelled", "applied"),
        ("shipped", "shipped", "overruled"),
    ],
)
async def test_a_cancelled_order_in_the_next_import(
    database: Database, tmp_path: Path, status: str, is_now: str, state: str
) -> None:
    await change(database, "100636", cancelled)
    text = f"{ORDER}100636,K1003,{status},ul. Kopernika 21/9,50-077,Wrocław\n"
    row = await imports(database, tmp_path / "shop", orders=text)
    assert ((await order_of(database, "100636")).status, closed(row)) == (is_now, state)
    # Once closed, the shop's files are the only truth again.
    row = await imports(database, tmp_path / "shop", orders=text.replace(status, "packed"))
    assert (await order_of(database, "100636")).status == ("cancelled" if state == "open" else "packed")


@pytest.mark.parametrize(
    ("address", "city", "state"),
    [
        ("ul. Kopernika 21/9,50-077,Wrocław", "Gdynia", "open"),
        ("ul. Nowa 1,81-366,Gdynia", "Gdynia", "applied"),
        ("ul. Trzecia 3,00-950,Warszawa", "Warszawa", "overruled"),
    ],
)
async def test_another_address_in_the_next_import(
    database: Database, tmp_path: Path, address: str, city: str, state: str
) -> None:
    await change(database, "100636", moved)
    row = await imports(database, tmp_path / "shop", orders=f"{ORDER}100636,K1003,packed,{address}\n")
    order = await order_of(database, "100636")
    assert (order.city, order.status, closed(row)) == (city, "packed", state)


async def test_of_two_changes_of_one_thing_the_later_stays(database: Database, tmp_path: Path) -> None:
    await change(database, "100636", moved)
    await change(database, "100636", lambda s, o: change_delivery(s, o, {"city": "Sopot"}, NOW, "c1") and None)
    row = await imports(
        database, tmp_path / "shop", orders=f"{ORDER}100636,K1003,paid,ul. Kopernika 21/9,50-077,Wrocław\n"
    )
    order = await order_of(database, "100636")
    assert (order.street, order.city, closed(row)) == ("ul. Nowa 1", "Sopot", "open")


MAT = "KARIMATA-KLASYK-180X50CM-GRN"
LINES = "order_number,position,sku,quantity,unit_price\n100650,1,WICHR-LADY-M-CZA,1,799.00\n"


async def test_a_line_taken_out_in_the_next_imports(database: Database, tmp_path: Path) -> None:
    await change(database, "100650", without_mat)
    orders = "number,customer_id,status,delivery_price,total\n100650,K1003,unpaid,0.00,{total}\n"
    row = await imports(
        database,
        tmp_path / "shop",
        orders=orders.format(total="858.00"),
        order_lines=f"{LINES}100650,2,{MAT},1,59.00\n",
        variants=f"sku,product_id,stock,reserved\n{MAT},karimata-klasyk,9,1\n",
    )
    order = await order_of(database, "100650")
    assert ([line.sku for line in order.lines], order.total, closed(row)) == (
        ["WICHR-LADY-M-CZA"],
        Decimal("799.00"),
        "open",
    )
    async with database.read() as session:
        assert (await session.get_one(Variant, MAT)).reserved == 0, "the file still reserves the piece"
    (tmp_path / "shop" / "variants.csv").unlink()
    row = await imports(database, tmp_path / "shop", orders=orders.format(total="799.00"), order_lines=LINES)
    assert closed(row) == "applied"
    assert [line.sku for line in (await order_of(database, "100650")).lines] == ["WICHR-LADY-M-CZA"]


async def test_an_undone_change_leaves_no_trace_in_an_import(database: Database, tmp_path: Path) -> None:
    await change(database, "100650", without_mat)
    async with database.write() as session:
        order, row = await find_order(session, "100650"), (await session.scalars(select(OrderChange))).one()
        assert order is not None and await undo_change(session, order, row, NOW)
    row = await imports(database, tmp_path / "shop", order_lines=f"{LINES}100650,2,{MAT},2,59.00\n")
    async with database.read() as session:
        assert (await session.get_one(OrderLine, "100650-2")).quantity == 2 and closed(row) == "undone"


async def test_what_has_changed_since_is_not_undone(database: Database) -> None:
    await change(database, "100636", moved)
    await change(database, "100636", lambda s, o: change_delivery(s, o, {"city": "Sopot"}, NOW, "c1") and None)
    async with database.write() as session:
        order, rows = await find_order(session, "100636"), (await session.scalars(select(OrderChange))).all()
        assert order is not None and not await undo_change(session, order, rows[0], NOW)
        assert await undo_change(session, order, rows[1], NOW) and await undo_change(session, order, rows[0], NOW)
        assert order.city == "Wrocław"


async def test_the_shop_refuses(database: Database) -> None:
    async with database.write() as session:
        sent, only = await find_order(session, "100610"), await find_order(session, "100636")
        assert sent is not None and only is not None
        for wrong, reason in (
            (lambda: cancel_order(session, sent, NOW, "c1"), "sent"),
            (
                lambda: change_line(session, only, only.lines[0], NOW, "c1", quantity=0, delivery=Decimal(0)),
                "last_line",
            ),
            (
                lambda: change_line(session, only, only.lines[0], NOW, "c1", quantity=99, delivery=Decimal(0)),
                "out_of_stock",
            ),
        ):
            with pytest.raises(ShopRefused) as refused:
                wrong()
            assert refused.value.reason == reason


async def test_a_change_is_exported_and_erased_with_its_customer(database: Database, tmp_path: Path) -> None:
    await change(database, "100636", moved)
    document = await export(database, EMILYS)
    assert [row["after"]["order"]["city"] for row in document["order_changes"]] == ["Gdynia"]
    await forget(database, EMILYS, NOW, tmp_path)
    async with database.read() as session:
        row = (await session.scalars(select(OrderChange))).one()
    assert (row.before, row.after) == ({}, {})


async def test_the_desk_sees_what_was_changed_and_what_became_of_it(database: Database) -> None:
    await change(database, "100650", without_mat)
    await change(database, "100650", moved)
    async with database.write() as session:
        order, rows = await find_order(session, "100650"), (await session.scalars(select(OrderChange))).all()
        assert order is not None and await undo_change(session, order, rows[1], NOW)
    async with database.read() as session:
        views = (await changes_of(session, ["100650", "100636"]))["100650"]
    assert [(view["kind"], view["state"]) for view in views] == [("item", "open"), ("delivery", "undone")]
    assert {"column": "sku", "before": MAT, "after": None} in views[0]["values"]
    assert {"column": "total", "before": "858.00", "after": "799.00"} in views[0]["values"]
