"""Knowledge articles: finding the one that answers a question."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.shop.search import found, search_of
from bot.shop.search_index import Mixture
from bot.storage.shop import Article

MIXTURE = Mixture(meaning=1.5, alone=0.9, floor=0.42)
"""Meaning weighs more than for products: an article's text shares words with nearly any sentence."""


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article found and how well it answers, 0…1. `article.summary` stands as an answer alone."""

    article: Article
    score: float


async def search_articles(session: AsyncSession, text: str, language: str, limit: int = 3) -> list[ArticleHit]:
    """Articles in `language` that answer `text` (itself in either one), best first; empty when nothing is near enough."""
    search = search_of(session)
    index = await search.articles.index(session)
    wanted = dict(await found(index, text, await search.questions.of(text), MIXTURE))
    if not wanted:
        return []
    query = select(Article).where(Article.slug.in_(wanted), Article.language == language)
    rows = {row.slug: row for row in await session.scalars(query)}
    return [ArticleHit(rows[slug], round(score, 3)) for slug, score in wanted.items() if slug in rows][:limit]


async def find_article(session: AsyncSession, slug: str, language: str) -> Article | None:
    """The article of that slug in a language, or in the other one if it has no translation."""
    found = {row.language: row for row in await session.scalars(select(Article).where(Article.slug == slug))}
    return found.get(language) or next(iter(found.values()), None)
