"""`TELLONCE_EMBEDDING_MODEL`: any sentence-transformers model on this machine, and plain words when it cannot be used."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from bot.domain.errors import StartupError
from bot.nlu import encoders
from bot.nlu.encoders import ShippedEncoder, TransformerEncoder, encoder_for
from bot.nlu.static_vectors import SHIPPED
from bot.shop.catalogue import search_products
from bot.shop.search import Search, search_of
from bot.storage.database import Database
from bot.storage.shop import SearchVector
from tests.databases import prepared_database
from tests.fakes import FakeClock

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A transformer of two layers that was never trained."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("models")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(words), **size)).save_pretrained(folder / "bert")
    layers = Transformer(str(folder / "bert"))
    SentenceTransformer(modules=[layers, Pooling(16)], device="cpu").save(str(folder / "tiny"))
    return str(folder / "tiny")


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> Database:
    return Database(await prepared_database(tmp_path, FakeClock()))


def test_empty_is_the_shipped_one() -> None:
    assert isinstance(encoder_for(""), ShippedEncoder)


@pytest.mark.timeout(240)  # another process imports torch
def test_a_model_gives_the_same_vectors_here_and_in_a_process_of_its_own(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = TransformerEncoder(model)
    texts = ["buty", "kurtka puchowa", "namiot"]
    here = encoder.documents(texts)
    assert here.shape == (3, encoder.dimensions) == (3, 16) and np.allclose(np.linalg.norm(here, axis=1), 1, atol=1e-5)
    monkeypatch.setattr(encoders, "MANY", 2)
    assert np.allclose(encoder.documents(texts), here, atol=1e-5)
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match="embedding 3 texts failed"):
        encoder.documents(texts)


def test_the_shipped_folder_can_be_named_too() -> None:
    assert np.allclose(encoder_for(str(SHIPPED)).queries(["buty"]), ShippedEncoder().queries(["buty"]), atol=1e-4)


@pytest.mark.parametrize("name", ["no-such-model", "somebody/no-such-model", "./nowhere", "not a name?"])
def test_a_model_that_is_not_there_is_named_and_nothing_is_downloaded(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("somebody wanted the network")

    monkeypatch.setattr("socket.create_connection", refused)
    monkeypatch.setattr("socket.getaddrinfo", refused)
    with pytest.raises(StartupError, match=r"TELLONCE_EMBEDDING_MODEL is .*no such folder.*Nothing is downloaded"):
        encoder_for(name)


def test_a_broken_model_is_said_to_be_broken(model: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(model, broken)
    next(broken.rglob("model.safetensors")).write_bytes(b"not weights")
    with pytest.raises(StartupError, match="sentence-transformers cannot load"):
        encoder_for(str(broken))
    (tmp_path / "empty").mkdir()
    with pytest.raises(StartupError, match="sentence-transformers cannot load"):
        encoder_for(str(tmp_path / "empty"))


async def test_search_with_a_model_of_ones_own_keeps_its_vectors(
    model: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoders, "MANY", 10_000)
    search = await Search.open(database, model)
    await search.refresh()
    async with database.read() as session:
        assert search_of(session) is search
        hits = await search_products(session, "kurtkę Wichr", "pl")
        assert hits[0].product.id == "kurtka-wichr"
        kept = await session.scalar(select(func.count()).select_from(SearchVector).where(SearchVector.model == model))
    assert kept and kept > 150
    before = await search.products._vectors(["buty"])
    await search.close()

    again = await Search.open(database, model)

    def never(_: object) -> object:
        raise AssertionError("its vectors are kept")

    monkeypatch.setattr(TransformerEncoder, "documents", never)
    await again.refresh()
    async with database.read() as session:
        assert (await search_products(session, "kurtkę Wichr", "pl"))[0].product.id == "kurtka-wichr"
    assert np.allclose((await again.products._vectors(["buty"]))["buty"], before["buty"], atol=2e-3)
    await again.close()
    await database.close()
