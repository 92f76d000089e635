"""Loading a shop: the sample whole, a bad folder not at all, the same folder twice without harm."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.shop.catalogue import find_product, search_products
from bot.shop.days import local_day
from bot.shop.errors import ImportRejected
from bot.shop.exchanges import open_exchange
from bot.shop.importer import import_shop
from bot.shop.knowledge import find_article, search_articles
from bot.shop.layout import ORDER_STATUSES
from bot.shop.orders import find_customer, find_order, orders_of, status_of, whole_order
from bot.shop.profile import active_promotions, delivery_methods, payment_methods, shop_profile
from bot.shop.returns import open_return, returns_of
from bot.storage.database import Database
from bot.storage.shop import Article, Customer, Order, OrderLine, Product, Return, Variant
from tests.databases import new_database

SAMPLE = Path(__file__).parents[2] / "data" / "shop"
NOW = dt.datetime(2026, 3, 20, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(new_database(tmp_path, "shop"))
    yield opened
    await opened.close()


def folder(path: Path, **files: str) -> Path:
    """A folder with the smallest shop there can be, and `files` (name without .csv) instead of or besides its own."""
    path.mkdir(exist_ok=True)
    smallest = {
        "customers": "id,email,phone,name\nK1,anna@example.pl,601555101,Anna Kowalska\n",
        "products": "id,name_pl,name_en,price\nP1,But,Boot,100\n",
        "orders": "number,customer_id,status\n100001,K1,paid\n",
    }
    for name, text in (smallest | files).items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


async def problems_of(database: Database, path: Path) -> list[str]:
    with pytest.raises(ImportRejected) as rejected:
        await import_shop(database, path, now=NOW)
    return [str(problem) for problem in rejected.value.problems]


async def test_the_sample_is_whole_and_agrees_with_itself(database: Database) -> None:
    report = await import_shop(database, SAMPLE, now=NOW)
    assert (
        report.rows["products.csv"] >= 60 and report.rows["customers.csv"] == 200 and report.rows["orders.csv"] >= 600
    )
    async with database.read() as session:
        orders = list(await session.scalars(select(Order).options(*whole_order())))
        languages = (await session.execute(select(Article.language, func.count()).group_by(Article.language))).all()
    assert {order.status for order in orders} == set(ORDER_STATUSES)
    assert min(count for _language, count in languages) >= 40 and len(languages) == 2
    for order in orders:
        goods = sum(line.unit_price * line.quantity for line in order.lines)
        assert order.total == goods + order.delivery_price + order.payment_fee, order.number
        steps = [at for at in (order.created_at, order.shipped_at, order.delivered_at) if at]
        assert steps == sorted(steps) and steps[-1] <= NOW, order.number
        code = status_of(order, local_day(NOW)).code
        assert code == order.status or (order.status, code) == ("shipped", "partly_delivered"), order.number


async def test_the_articles_state_what_the_tables_say(database: Database) -> None:
    await import_shop(database, SAMPLE, now=NOW)
    async with database.read() as session:
        profile = await shop_profile(session)
        methods, payments = await delivery_methods(session), await payment_methods(session)
        for language in ("pl", "en"):
            text = {}
            for slug in ("delivery-costs", "contact", "returns", "cash-on-delivery", "bank-transfer"):
                article = await find_article(session, slug, language)
                assert article is not None and article.language == language
                text[slug] = article.body
            for method in methods:
                price = f"{method.price:f}".replace(".", "," if language == "pl" else ".")
                assert f"{price} zł" in text["delivery-costs"] or f"{method.price:.0f} zł" in text["delivery-costs"]
            fee = next(method.fee for method in payments if method.code == "cod")
            assert f"{fee:.0f} zł" in text["cash-on-delivery"]
            assert str(profile.return_days) in text["returns"]
            assert profile.get("phone") in text["contact"] and profile.get("email") in text["contact"]
            assert profile.get("bank_account") in text["bank-transfer"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("kurtkę Wichr", "pl", "kurtka-wichr"),
        ("butow granit 43", "pl", "buty-granit"),
        ("macie grnaity?", "pl", "buty-granit"),
        ("jaki śpiwór na zimę", "pl", "spiwor-niedzwiedz"),
        ("namiot dla 2 osób", "pl", "namiot-koliba-2"),
        ("winter sleeping bag", "en", "spiwor-niedzwiedz"),
        ("gdzie jest moje zamówienie", "pl", None),
        ("lodówka", "pl", None),
        ("refrigerator", "en", None),
    ],
)
async def test_products_are_found_as_customers_name_them(
    database: Database, text: str, language: str, expected: str | None
) -> None:
    await import_shop(database, SAMPLE, now=NOW)
    async with database.read() as session:
        found = await search_products(session, text, language)
    assert (found[0].product.id if found else None) == expected


async def test_articles_are_found_and_a_change_is_noticed(database: Database, tmp_path: Path) -> None:
    await import_shop(database, SAMPLE, now=NOW)
    asked = {"ile mam czasu na zwrot": "returns", "gwarancja": "warranty", "za pobraniem": "cash-on-delivery"}
    async with database.read() as session:
        for text, slug in asked.items():
            assert (await search_articles(session, text, "pl"))[0].article.slug == slug
        assert await search_articles(session, "pogoda w Zakopanem", "pl") == []
    more = folder(tmp_path / "more") / "knowledge"
    more.mkdir()
    (more / "weather.pl.md").write_text("---\ntitle: Pogoda w Zakopanem\n---\n\nBywa.\n", encoding="utf-8")
    await import_shop(database, tmp_path / "more", now=NOW + dt.timedelta(minutes=1))
    async with database.read() as session:
        assert (await search_articles(session, "pogoda w Zakopanem", "pl"))[0].article.summary == "Bywa."


async def test_the_three_files_of_the_contract_are_enough(database: Database, tmp_path: Path) -> None:
    path = folder(tmp_path / "shop")
    (path / "customers.csv").write_bytes(
        "\ufeffid;email;phone;name\r\nK1;Anna@Example.pl;601 555 101;Zoé Łęcka\r\n".encode()
    )
    await import_shop(database, path, now=NOW)
    async with database.read() as session:
        customer = await find_customer(session, email="anna@example.pl")
        order = await find_order(session, "#100001")
    assert customer is not None and (customer.name, customer.phone) == ("Zoé Łęcka", "+48601555101")
    assert order is not None and order.created_at == NOW and status_of(order, local_day(NOW)).code == "paid"


async def test_every_bad_row_is_reported_at_once_and_nothing_is_imported(database: Database, tmp_path: Path) -> None:
    path = folder(
        tmp_path / "shop",
        customers="id,email,phone,name,nip,postcode,country\n"
        "K1,anna-example.pl,12,Anna,123,30-0600,PL\n"
        "K2,jan@example.pl,,,,,\n"
        "K1,ola@example.pl,601555102,Ola,,01097,DE\n"
        "K3,too,few\n",
        products="id,name_pl,name_en,price\nP1,But,Boot,-5\nP2,But,Boot,dużo\nP3,But,Boot,9.999\n",
        variants="sku,product_id,size,stok\nV1,P1,43,2\n",
        orders="number,customer_id,status,created_at\n"
        "100001,K9,paid,-3d\n"
        "100002,K2,payed,yesterday\n"
        "100003,K1,In locker,2026-13-01\n",
        order_lines="order_number,sku,quantity,unit_price\n100009,V1,0,10\n",
        return_lines="",
        payments='order_number,method,amount,status\n100001,"blik,10,paid\n',
        custommers="id\n",
    )
    (path / "promotions.csv").write_bytes("id,name_pl,name_en\nX,Zniżka,Cut\n".encode("cp1250"))
    (path / "knowledge").mkdir()
    (path / "knowledge" / "a.pl.md").write_text("---\ntitel: A\n---\n\n" + "x" * 401, encoding="utf-8")
    found = await problems_of(database, path)
    expected = [
        "customers.csv, row 2, column email: 'anna-example.pl' is not an e-mail address",
        "customers.csv, row 2, column nip: '123' is not a NIP",
        "customers.csv, row 2, column phone: '12' is not a phone number",
        "customers.csv, row 2, column postcode: '30-0600' is not a postcode",
        "customers.csv, row 3, column name: must not be blank",
        "customers.csv, row 4, column id: 'K1' is in row 2 already",
        "customers.csv, row 5: 3 cells where the header has 7",
        "products.csv, row 2, column price: -5 is negative",
        "products.csv, row 3, column price: 'dużo' is not an amount",
        "products.csv, row 4, column price: 9.999 has more than two decimal places",
        "variants.csv, row 1, column stok: unknown column, did you mean 'stock'?",
        "promotions.csv, row 2: not UTF-8",
        "orders.csv, row 2, column customer_id: 'K9' is not in customers.csv",
        "orders.csv, row 3, column created_at: 'yesterday' is neither a date",
        "orders.csv, row 3, column status: 'payed' is not known, did you mean 'packed'?",
        "orders.csv, row 4, column created_at: '2026-13-01' is neither a date",
        "order_lines.csv, row 2, column order_number: '100009' is not in orders.csv",
        "order_lines.csv, row 2, column quantity: 0 is not between 1 and",
        "payments.csv, row 2: bad quoting",
        "return_lines.csv: the file is empty",
        "custommers.csv: unknown file, did you mean 'customers.csv'?",
        "knowledge/a.pl.md: its first paragraph has 401 characters",
        "knowledge/a.pl.md, column title: missing",
        "knowledge/a.pl.md, row 2, column titel: unknown field, did you mean 'title'?",
    ]
    assert len(found) == len(expected), "\n".join(found)
    for line in expected:
        assert any(problem.startswith(line) for problem in found), f"{line}\n\n" + "\n".join(found)
    async with database.read() as session:
        for table in (Customer, Product, Order, Article):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_a_first_import_needs_all_three_files_a_later_one_may_bring_one(
    database: Database, tmp_path: Path
) -> None:
    path = folder(tmp_path / "shop")
    orders = (path / "orders.csv").read_text(encoding="utf-8")
    (path / "orders.csv").unlink()
    assert await problems_of(database, path) == ["orders.csv: the file is missing"]
    assert await problems_of(database, tmp_path / "nowhere") == [f"{tmp_path}/nowhere: no such folder"]
    (path / "orders.csv").write_text(orders, encoding="utf-8")
    await import_shop(database, path, now=NOW)
    later = tmp_path / "later"
    later.mkdir()
    (later / "orders.csv").write_text("number,customer_id,status\n100002,K1,unpaid\n", encoding="utf-8")
    await import_shop(database, later, now=NOW)
    async with database.read() as session:
        assert {order.number for order in await orders_of(session, "K1")} == {"100001", "100002"}


async def test_cases_of_another_order_are_refused(database: Database, tmp_path: Path) -> None:
    path = folder(
        tmp_path / "shop",
        variants="sku,product_id\nV1,P1\n",
        orders="number,customer_id,status\n100001,K1,delivered\n100002,K1,delivered\n",
        order_lines="order_number,sku,unit_price\n100001,V1,10\n100002,V1,10\n",
        returns="number,order_number,status\nZW-1,100001,opened\n",
        return_lines="return_number,line_id\nZW-1,100002-1\n",
    )
    assert await problems_of(database, path) == [
        "return_lines.csv, row 2, column line_id: '100002-1' is not a line of order '100001'"
    ]


async def test_a_failure_while_writing_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: str, _done: int, _all: int) -> None:
        if file == "orders.csv":
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await import_shop(database, folder(tmp_path / "shop"), now=NOW, progress=fail)
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Customer)) == 0
    await import_shop(database, tmp_path / "shop", now=NOW)


async def test_importing_again_updates_and_keeps_what_the_assistant_opened(database: Database, tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    shutil.copytree(SAMPLE, sample / "shop")
    shutil.copytree(SAMPLE.parent / "knowledge", sample / "knowledge")
    await import_shop(database, sample / "shop", now=NOW)
    async with database.collect() as turn:
        order = await find_order(turn.session, await _fresh_order(database))
        assert order is not None
        own = order.lines[0]
        product = await find_product(turn.session, own.variant.product_id)
        assert product is not None
        other = next(item for item in product.variants if item.sku != own.sku and item.stock > item.reserved)
        kept = other.reserved
        opened = open_return(turn.session, order, {order.lines[1].id: 1}, None, "original", NOW, shop_days=30)
        open_exchange(turn.session, order, own, other, NOW, shop_days=30)
        async with turn.commit():
            pass
        assert other.reserved == kept + 1
    number, sku = opened.number, other.sku
    products = sample / "shop" / "products.csv"
    products.write_text(
        products.read_text(encoding="utf-8").replace("Kurtka Mżawka", "Kurtka Deszcz"), encoding="utf-8"
    )
    before = await _counts(database)
    await import_shop(database, sample / "shop", now=NOW + dt.timedelta(days=1))
    assert await _counts(database) == before
    async with database.read() as session:
        assert (
            await session.scalars(select(Product.name_pl).where(Product.id == "kurtka-mzawka"))
        ).one() == "Kurtka Deszcz"
        again = await find_order(session, order.number)
        assert again is not None and number in [item.number for item in again.returns]
        assert number in [item.number for item in await returns_of(session, order.customer_id)]
        assert (await session.scalars(select(Variant.reserved).where(Variant.sku == sku))).one() == kept + 1
        assert await active_promotions(session, NOW)


async def _counts(database: Database) -> list[int | None]:
    async with database.read() as session:
        return [
            await session.scalar(select(func.count()).select_from(table))
            for table in (Customer, Product, Order, OrderLine, Return, Article)
        ]


async def _fresh_order(database: Database) -> str:
    """A delivered order of at least two returnable lines, whose first product has several variants in stock."""
    async with database.read() as session:
        query = select(Order).where(Order.status == "delivered").order_by(Order.delivered_at.desc())
        for order in await session.scalars(query.options(*whole_order())):
            sound = all(line.variant.product.returnable for line in order.lines)
            if sound and len(order.lines) > 1 and "skarpety" in order.lines[0].variant.product_id:
                return order.number
    raise AssertionError("the sample has no such order")
