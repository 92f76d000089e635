"""Knowledge articles: finding the one that answers a question."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.index_cache import IndexCache
from bot.shop.lexical import NAME, LexicalIndex
from bot.storage.shop import Article

FLOOR = 0.5
"""Below this share of the question covered, an article is not an answer."""

_indexes: IndexCache[str] = IndexCache()


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article found and how much of the question it covers, 0…1. `article.summary` stands as an answer alone."""

    article: Article
    score: float


async def search_articles(session: AsyncSession, text: str, language: str, limit: int = 3) -> list[ArticleHit]:
    """Articles in `language` that answer `text`, best first; empty when nothing is near enough."""
    index = await _indexes.get(session, Article.updated_at, language, _build)
    wanted = dict(index.search(text, limit, FLOOR))
    place = {slug: at for at, slug in enumerate(wanted)}
    if not wanted:
        return []
    query = select(Article).where(Article.slug.in_(wanted), Article.language == language)
    found = sorted(await session.scalars(query), key=lambda item: place[item.slug])
    return [ArticleHit(item, round(wanted[item.slug], 3)) for item in found]


async def find_article(session: AsyncSession, slug: str, language: str) -> Article | None:
    """The article of that slug in a language, or in the other one if it has no translation."""
    found = {row.language: row for row in await session.scalars(select(Article).where(Article.slug == slug))}
    return found.get(language) or next(iter(found.values()), None)


async def _build(session: AsyncSession, language: str) -> LexicalIndex[str]:
    rows = await session.scalars(select(Article).where(Article.language == language))
    return await asyncio.to_thread(LexicalIndex, [(row.slug, _texts(row)) for row in rows])


def _texts(row: Article) -> list[tuple[str, float]]:
    return [(row.title, NAME), (row.keywords or "", NAME), (row.summary, 0.6), (row.body, 0.35)]
