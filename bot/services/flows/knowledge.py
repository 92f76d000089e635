"""Questions answered from the shop's articles: the rules of returns, how things are used, and whatever has no flow."""

from __future__ import annotations

from bot.domain.payloads import payload
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.goods import return_days
from bot.services.flows.references import others_wanted
from bot.shop.knowledge import find_article, search_articles
from bot.storage.shop import Article

STRONG = 0.5
"""From this score on an article is a better answer than a general text: nine in ten questions for one reach it."""
CERTAIN = 0.6
"""From this score on it answers a sentence whose intent nobody recognised: of those out of scope 1 % reach it."""
PORTION = 900
"""Characters of an article said at once."""


@flow("return_policy")
async def return_policy(d: Dialogue) -> None:
    returning = any(frame.flow == "start_return" for frame in d.state.stack)
    start = [] if returning else [("utter_button_return", payload("start_return"))]
    article = await strong_article(d, d.frame.text)
    if article is not None:
        return say_article(d, article, *start)
    d.say("utter_return_policy", buttons=start, days=await return_days(d))


@flow("knowledge")
async def knowledge(d: Dialogue) -> None:
    """An article: the one a "more" button asks for, or the one that answers a sentence without an intent."""
    slug = d.parse.entity("article") or (d.state.browsing.get("article") if others_wanted(d.frame.text) else None)
    if slug is not None:
        article = await find_article(d.session, str(slug), d.language)
        if article is not None:
            return d.say("utter_plain", text=_rest(article))
    article = await strong_article(d, d.frame.text or d.parse.text, CERTAIN)
    if article is None:
        return d.say("utter_rephrase", buttons=[("utter_button_human", payload("request_human"))])
    say_article(d, article)


def say_article(d: Dialogue, article: Article, *buttons: tuple[str, str]) -> None:
    """The article's first paragraph, with a button for the rest of it."""
    offered = list(buttons)
    if _rest(article):
        d.state.browsing |= {"more": "knowledge", "article": article.slug}
        offered.insert(0, ("utter_button_more", payload("inform", article=article.slug)))
    d.say("utter_plain", text=article.summary, buttons=offered)


async def strong_article(d: Dialogue, text: str, floor: float = STRONG) -> Article | None:
    """The article that answers `text` well, if there is one."""
    if not text.strip():
        return None
    hits = await search_articles(d.session, text, d.language)
    d.turn.looked_up("articles", hits[0].article.title if hits else "none found")
    return hits[0].article if hits and hits[0].score >= floor else None


def _rest(article: Article) -> str:
    """What follows the first paragraph, up to a portion, ending with a whole paragraph where there is one."""
    rest = article.body.strip().partition("\n\n")[2].strip()
    if len(rest) <= PORTION:
        return rest
    return rest[:PORTION].rpartition("\n\n")[0] or rest[:PORTION].rpartition(" ")[0] + " …"


# What the actions for sentences without a flow of their own do


async def not_understood(d: Dialogue) -> None:
    """The NLU is not sure: an article may be meant all the same; otherwise guesses are offered."""
    open_text = d.state.question is not None and d.state.question.kind == "text"
    if not open_text and await strong_article(d, d.parse.text, CERTAIN) is not None:
        return await d.start("knowledge")
    await d.not_understood()


async def out_of_scope(d: Dialogue) -> None:
    """Nothing a shop deals with, unless an article knows better."""
    known = await strong_article(d, d.parse.text, CERTAIN)
    await d.start("knowledge" if known is not None else "out_of_scope")


async def answer(d: Dialogue) -> None:
    """An intent that an administrator added: its text, `utter_<intent>`."""
    await d.start("answer")
