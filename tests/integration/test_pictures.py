"""Pictures of products: checked at import, kept when the folder is gone, served so that they can run nothing."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.services.ports import SystemClock
from bot.shop.errors import ImportRejected
from bot.shop.importer import import_shop
from bot.shop.pictures import LARGEST, is_stored, picture_address
from bot.storage.database import Database
from bot.storage.shop import Picture, Product
from tests.databases import new_database
from tests.running import running_gateway

NOW = dt.datetime(2026, 3, 20, 12, 0, tzinfo=dt.UTC)
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(new_database(tmp_path, "shop"))
    yield opened
    await opened.close()


def shop(path: Path, *images: str, **files: str | bytes) -> Path:
    """A folder whose products have those cells as `image`; `files` (name__suffix) lie in its images/."""
    (path / "images").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (path / "images" / name.replace("__", ".")).write_bytes(data)
    rows = "".join(f"P{number},But {number},Boot {number},100,{image}\n" for number, image in enumerate(images, 1))
    (path / "products.csv").write_text("id,name_pl,name_en,price,image\n" + rows, "utf-8")
    (path / "customers.csv").write_text("id,email,phone,name\nK1,anna@example.pl,601555101,Anna Kowalska\n", "utf-8")
    (path / "orders.csv").write_text("number,customer_id,status\n100001,K1,paid\n", "utf-8")
    return path


async def images_of(database: Database) -> dict[str, str | None]:
    async with database.read() as session:
        return {row.id: row.image for row in await session.scalars(select(Product))}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("none.svg", "there is no file images/none.svg"),
        ("../products.csv", "neither the name of a file"),
        ("/etc/passwd", "neither the name of a file"),
        (".hidden.svg", "neither the name of a file"),
        ("javascript:alert(1)", "is not a picture"),
        ("notes.txt", "is not a picture: use svg, png, jpg, webp"),
        ("fake.png", "images/fake.png is no png inside"),
        ("page.svg", "images/page.svg is no svg inside"),
        ("big.svg", "images/big.svg is larger than 1 MB"),
    ],
)
async def test_a_picture_that_cannot_be_shown_stops_the_import(
    database: Database, tmp_path: Path, cell: str, reason: str
) -> None:
    files = {"notes__txt": "x", "fake__png": "<svg/>", "page__svg": "<html><svg/></html>", "ok__svg": SVG}
    folder = shop(tmp_path / "shop", "ok.svg", cell, **files, big__svg=SVG + " " * LARGEST)
    with pytest.raises(ImportRejected) as rejected:
        await import_shop(database, folder, now=NOW)
    (problem,) = rejected.value.problems
    assert str(problem).startswith("products.csv, row 3, column image: ") and reason in str(problem)
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Picture)) == 0


async def test_files_and_addresses_become_what_a_page_can_show(database: Database, tmp_path: Path) -> None:
    address = "https://cdn.shop.example/a b.jpg"
    folder = shop(tmp_path / "shop", "Żółty But.SVG", "shot.jpeg", address, "", shot__jpeg=b"\xff\xd8\xff\xe0")
    (folder / "images" / "Żółty But.SVG").write_text(f"\ufeff<?xml version='1.0'?>\n<!-- mine -->\n{SVG}", "utf-8")
    report = await import_shop(database, folder, now=NOW)
    assert report.rows["images/"] == 2
    images = await images_of(database)
    assert images["P1"] is not None and images["P1"].startswith("zolty-but-") and images["P1"].endswith(".svg")
    assert images["P2"] is not None and images["P2"].endswith(".jpg")
    assert is_stored(images["P1"]) and is_stored(images["P2"])
    assert (images["P3"], images["P4"]) == (address, None)
    assert picture_address(images["P1"], "https://chat.shop.pl") == f"https://chat.shop.pl/shop/images/{images['P1']}"
    assert picture_address(address, "https://chat.shop.pl") == address


async def test_a_new_picture_under_an_old_name_gets_a_new_address(database: Database, tmp_path: Path) -> None:
    await import_shop(database, shop(tmp_path / "shop", "a.png", a__png=PNG), now=NOW)
    before = await images_of(database)
    await import_shop(database, shop(tmp_path / "shop", "a.png", a__png=PNG + b"1"), now=NOW)
    after = await images_of(database)
    assert before != after
    async with database.read() as session:
        kept = set(await session.scalars(select(Picture.name)))
    assert kept == {*before.values(), *after.values()}, "a card in an old conversation still shows the old one"


async def test_a_picture_is_served_without_its_folder_and_cannot_run_anything(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as gateway:
        folder = shop(tmp_path / "mine", "evil.svg", "shot.png", evil__svg=SVG, shot__png=PNG)
        await import_shop(gateway.built.database, folder, now=SystemClock().now())
        shutil.rmtree(folder)
        images = await images_of(gateway.built.database)
        async with gateway.http.get(f"{gateway.url}/shop/images/{images['P1']}") as response:
            assert response.status == 200 and await response.text() == SVG
            assert response.headers["Content-Type"] == "image/svg+xml"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "immutable" in response.headers["Cache-Control"]
            policy = response.headers["Content-Security-Policy"]
            assert "sandbox" in policy and "default-src 'none'" in policy and "script" not in policy
            assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        async with gateway.http.get(f"{gateway.url}/shop/images/{images['P2']}") as response:
            assert (response.content_type, await response.read()) == ("image/png", PNG)
        for name in ("evil.svg", "none-0123456789abcdef.svg", "..%2f..%2ftellonce.db", "a-0123456789abcdef.exe"):
            async with gateway.http.get(f"{gateway.url}/shop/images/{name}") as response:
                assert response.status == 404


async def test_every_product_of_the_sample_has_a_small_drawing_that_loads(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as gateway:
        images = await images_of(gateway.built.database)
        async with gateway.built.database.read() as session:
            sizes = {row.name: len(row.content) for row in await session.scalars(select(Picture))}
    assert len(images) > 60 and all(images.values())
    assert set(images.values()) == set(sizes) and max(sizes.values()) < 4200
