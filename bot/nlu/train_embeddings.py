"""`python -m bot.nlu.train_embeddings`: train the bilingual static embedding model and write it as int8.

A table of sub-word vectors, averaged over a sentence, learns to give an English sentence and its Polish counterpart the
vector that the teacher, an English sentence-transformers model, gives the English one. Three losses: nearness to the
teacher's vector; each pair's sides nearer to one another than to any other of the batch; and the teacher's likeness
between sentences of the batch kept. Texts are folded (case, diacritics, digits) before they are cut into sub-words.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers  # type: ignore[import-untyped]
from torch.nn import functional

from bot.nlu.pairs import Pair, project_pairs, read_pairs
from bot.nlu.static_vectors import save

UNKNOWN = "[UNK]"
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Recipe:
    """The numbers of a training; the defaults are what the shipped model was made with."""

    vocabulary: int = 24_000
    dimensions: int = 256
    epochs: int = 10
    batch: int = 512
    rate: float = 0.02
    temperature: float = 0.05
    own_times: int = 4
    """How many times a project's own pair counts."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.train_embeddings", description=__doc__)
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help=".tsv with the columns en and pl")
    parser.add_argument("--teacher", required=True, help="folder of an English sentence-transformers model")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help=".npz to keep the teacher's vectors in between trainings")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--vocabulary", type=int, default=Recipe.vocabulary)
    parser.add_argument("--dimensions", type=int, default=Recipe.dimensions)
    options = parser.parse_args()
    recipe = Recipe(options.vocabulary, options.dimensions, options.epochs)
    general = [pair for path in options.pairs for pair in read_pairs(path)]
    own = project_pairs(PROJECT)
    print(f"{len(general)} pairs and {len(own)} of the project's own", flush=True)
    targets = teacher_vectors(options.teacher, [english for english, _ in general + own], options.cache)
    pairs = general + own * recipe.own_times
    tokenizer = new_tokenizer(pairs, recipe.vocabulary)
    table = train(tokenizer, pairs, targets, recipe)
    save(options.output, tokenizer, *quantised(reduced(table, recipe.dimensions)))
    print(f"written to {options.output}", flush=True)


def teacher_vectors(folder: str, texts: Sequence[str], cache: Path | None) -> dict[str, Any]:
    """Unit vectors by text; those in the cache are not computed again."""
    known: dict[str, Any] = {}
    if cache is not None and cache.exists():
        with np.load(cache, allow_pickle=True) as stored:
            known = dict(zip(stored["texts"], stored["vectors"], strict=True))
    missing = sorted(set(texts) - known.keys())
    if missing:
        os.environ["HF_HUB_OFFLINE"] = "1"
        from sentence_transformers import SentenceTransformer

        teacher = SentenceTransformer(folder, device="cpu")
        vectors = teacher.encode(missing, batch_size=128, normalize_embeddings=True, show_progress_bar=False)
        known.update(zip(missing, vectors.astype(np.float32), strict=True))
        if cache is not None:
            np.savez(cache, texts=np.array(list(known), dtype=object), vectors=np.stack(list(known.values())))
    return known


def new_tokenizer(pairs: Sequence[Pair], vocabulary: int) -> Tokenizer:
    """A Unigram vocabulary over both languages that folds as `bot.domain.text.fold` does, and reads every digit as 0."""
    tokenizer = Tokenizer(models.Unigram())
    strokes = [normalizers.Replace(*pair) for pair in (("ł", "l"), ("đ", "d"), ("ø", "o"), ("æ", "ae"), ("œ", "oe"))]
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Lowercase(),
            normalizers.NFKD(),
            normalizers.StripAccents(),
            *strokes,
            normalizers.Replace(Regex(r"\d"), "0"),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), _words(), _marked()])
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary, special_tokens=[UNKNOWN], unk_token=UNKNOWN, show_progress=False
    )
    tokenizer.train_from_iterator((text for pair in pairs for text in pair), trainer)
    return tokenizer


def _words() -> Any:
    return pre_tokenizers.Split(Regex(r"[^\w\s]"), "isolated")


def _marked() -> Any:
    return pre_tokenizers.Metaspace(prepend_scheme="always")


class Bag:
    """Sentences as token numbers, ready for an EmbeddingBag."""

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        self._tokens = [np.array(each.ids or [0], dtype=np.int64) for each in encoded]

    def of(self, rows: Any) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = [self._tokens[row] for row in rows]
        starts = np.cumsum([0, *(len(each) for each in chosen[:-1])])
        return torch.from_numpy(np.concatenate(chosen)), torch.from_numpy(starts)

    def counts(self, size: int) -> Any:
        return np.bincount(np.concatenate(self._tokens), minlength=size)


def train(tokenizer: Tokenizer, pairs: Sequence[Pair], targets: dict[str, Any], recipe: Recipe) -> Any:
    """The table of token vectors, in the teacher's space."""
    torch.manual_seed(7)
    english, polish = (Bag(tokenizer, [pair[side] for pair in pairs]) for side in (0, 1))
    wanted = torch.from_numpy(np.stack([targets[pair[0]] for pair in pairs]))
    size = tokenizer.get_vocab_size()
    bag = torch.nn.EmbeddingBag.from_pretrained(_start(english, polish, wanted, size), freeze=False)
    steps = recipe.epochs * (len(pairs) // recipe.batch)
    optimiser = torch.optim.Adam(bag.parameters(), lr=recipe.rate, eps=1e-8)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.02, total_iters=max(1, steps))
    for epoch in range(recipe.epochs):
        total = 0.0
        for rows in _batches(len(pairs), recipe.batch, epoch):
            sides = [functional.normalize(bag(*side.of(rows)), dim=1) for side in (english, polish)]
            loss = _loss(sides[0], sides[1], wanted[rows], recipe.temperature)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total * recipe.batch / len(pairs):.3f}", flush=True)
    return bag.weight.detach().numpy()


def _start(english: Bag, polish: Bag, wanted: torch.Tensor, size: int) -> torch.Tensor:
    """Each token begins as the mean of the sentences it occurs in, rare ones counting more in their sentence (SIF)."""
    total = torch.zeros(size, wanted.shape[1])
    for side in (english, polish):
        tokens, starts = side.of(range(len(wanted)))
        lengths = torch.diff(torch.cat([starts, torch.tensor([len(tokens)])]))
        total.index_add_(0, tokens, torch.repeat_interleave(wanted, lengths, dim=0))
    counts = torch.from_numpy(english.counts(size) + polish.counts(size)).float()
    mean = total / counts.clamp(min=1)[:, None]
    weight = 1e-3 / (1e-3 + counts / counts.sum())
    return functional.normalize(mean - wanted.mean(0), dim=1) * weight[:, None]


def _batches(count: int, size: int, seed: int) -> Iterator[Any]:
    order = np.random.default_rng(seed).permutation(count)
    for start in range(0, count - size + 1, size):
        yield order[start : start + size]


def _loss(english: torch.Tensor, polish: torch.Tensor, wanted: torch.Tensor, temperature: float) -> torch.Tensor:
    same = torch.arange(len(wanted))
    alike = english @ polish.T / temperature
    contrast = functional.cross_entropy(alike, same) + functional.cross_entropy(alike.T, same)
    near = (1 - (english * wanted).sum(1)).mean() + (1 - (polish * wanted).sum(1)).mean()
    truth = wanted @ wanted.T
    kept = functional.mse_loss(english @ polish.T, truth) + functional.mse_loss(polish @ polish.T, truth)
    return contrast + 2 * near + 10 * kept


def reduced(table: Any, dimensions: int) -> Any:
    """The table in the `dimensions` directions in which its tokens differ most. Likeness is kept, no mean is taken off."""
    if dimensions >= table.shape[1]:
        return table
    _, _, directions = np.linalg.svd(table.T @ table)
    return table @ directions[:dimensions].T


def quantised(table: Any) -> tuple[Any, Any]:
    """int8 rows, and what each is to be multiplied with."""
    scale = np.abs(table).max(axis=1).clip(1e-8) / 127
    return np.rint(table / scale[:, None]).astype(np.int8), scale.astype(np.float32)


if __name__ == "__main__":
    main()
