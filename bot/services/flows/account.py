"""The customer and the shop: the account, personal data, contact and opening hours, an opinion."""

from __future__ import annotations

import datetime as dt
import re

from bot.domain.calendar_words import find_days
from bot.domain.conversation import Reason
from bot.domain.dialogue import Option
from bot.domain.opinions import is_negative, stars_in
from bot.domain.payloads import payload
from bot.domain.text import fold
from bot.services.dialogue import LISTENERS, Dialogue, flow
from bot.services.flows.goods import COMPLAINT
from bot.services.flows.knowledge import say_article, strong_article
from bot.services.flows.proof import HUMAN
from bot.services.wording import day_words
from bot.shop.profile import shop_profile
from bot.storage.tables import Feedback

CALLBACK = ("utter_button_callback", payload("request_callback"))
IDENTIFY = ("utter_button_identify", payload("inform", identify=True))
DATA_WISHES = {
    "erase": r"usun|skasu|zapomn|wymaz|wykas|kasow|likwid|erase|erasure|delet|wipe|forg[eo]t|"
    r"remove my|close my account",
    "export": r"kopi|eksport|wgl[ao]d|dostep do (moich )?danych|jakie (moje )?dane|co o mnie|"
    r"export|copy|access|what data|which data|what do you (know|store)|download",
    "correct": r"popraw|zmien|sprostow|aktualiz|bledn|correct|rectif|update|change|wrong",
    "marketing": r"newsletter|marketing|reklam|wypis|sms|zgod|unsubscribe|stop (sending|mail)|opt.?out|consent|spam",
}
MONTH = dt.timedelta(days=30)
"""What the law gives for an answer about personal data (a month), counted short."""
_OPEN = re.compile(
    r"\b(otwar|czynn|zamkni|godzin|pracujecie|jestescie (dzis|jutro|teraz)|kiedy (jestescie|mozna)|do ktorej|od ktorej|"
    r"swiet|niedziel|sobot|open|clos|hours|working day|holiday|sunday|saturday|until what time)"
)


_MY_DATA = re.compile(
    r"\b(usun(ac|cie|iecie|ecie)?|skasuj\w*|wymaz\w*|kopi[aei]) (wszystkie )?(moj\w+|swoj\w+) dan\w+|"
    r"prawo do bycia zapomni\w*|\b(delete|erase|remove|copy of) (all )?(of )?my (personal )?data|"
    r"right to be forgotten|subject access request"
)


async def about_data(d: Dialogue) -> str | None:
    """The law counts from these words on, whatever the sentence looks like otherwise."""
    return "privacy" if _MY_DATA.search(fold(d.parse.text)) else None


LISTENERS.append(about_data)


@flow("account_help")
async def account_help(d: Dialogue) -> None:
    article = await strong_article(d, d.frame.text)
    offered = [HUMAN] if d.customer_id is not None or not d.rules.mails else [IDENTIFY, HUMAN]
    if article is not None:
        return say_article(d, article, *offered)
    profile = await shop_profile(d.session)
    url = profile.get("url", d.language)
    d.say("utter_account_help" if url else "utter_account_help_no_url", buttons=offered, url=url)


@flow("privacy")
async def privacy(d: Dialogue) -> None:
    """Which of their rights the customer uses, and who they are; a person carries it out, within the law's month."""
    said = fold(d.frame.text)
    told = [wish for wish, words in DATA_WISHES.items() if re.search(rf"\b({words})", said)]
    options = [Option(wish, d.text(f"utter_data_{wish}"), _plain_words(wish)) for wish in DATA_WISHES]
    wish = told[0] if told else await d.ask("privacy_wish", "utter_ask_privacy_wish", kind="choice", options=options)
    proof = _identity(d)
    if proof is None and d.fact("email") is None:
        await d.ask("email", "utter_ask_privacy_email", kind="fact", facts=("email",), buttons=[HUMAN])
    due = d.now + MONTH
    d.turn.ledger.note(
        "wish", f"personal data: {wish}; identity: {proof or 'to be checked'}; {d.frame.text}"[:500], d.turn.source()
    )
    d.turn.looked_up("policy", f"personal_data: {wish}")
    d.turn.promise("privacy", due, wish=str(wish))
    text = "utter_privacy" if proof else "utter_privacy_unproven"
    day = day_words(due.astimezone(d.rules.hours.zone).date(), d.today, d.language)
    await d.handoff(Reason.POLICY, text, done=True, wish=d.text(f"utter_data_{wish}"), day=day)


def _plain_words(wish: str) -> tuple[str, ...]:
    """Of the words of a wish those that stand by themselves."""
    return tuple(word for word in DATA_WISHES[wish].split("|") if word.replace(" ", "").isalpha())


def _identity(d: Dialogue) -> str | None:
    """How this conversation's customer has proved who they are."""
    if d.customer_id is not None:
        return f"customer {d.customer_id}"
    order = d.fact("proven_order")
    return f"order {order}" if order else None


@flow("contact")
async def contact(d: Dialogue) -> None:
    if _OPEN.search(fold(d.frame.text)):
        say_open(d)
    profile = await shop_profile(d.session)
    known = {key: profile.get(key, d.language) for key in ("phone", "email", "address", "opening_hours", "url")}
    lines = [d.text(f"utter_part_{key}", value=value) for key, value in known.items() if value]
    d.turn.looked_up("profile", ", ".join(key for key, value in known.items() if value) or "empty")
    if not lines:
        return d.say("utter_contact_here", buttons=[HUMAN])
    d.say("utter_contact", buttons=[CALLBACK, HUMAN], list="\n".join(lines))


def say_open(d: Dialogue) -> None:
    """When people answer on the day asked about, and if not then, when next."""
    days = find_days(d.frame.text, d.today)
    day = dt.date.fromisoformat(days[-1].value) if days else d.today
    span = d.rules.hours.span(day)
    named = day_words(day, d.today, d.language)
    over = span is not None and day == d.today and d.now >= span[1]
    if span is not None and not over:
        now = day == d.today and d.rules.hours.is_open(d.now)
        text = "utter_open_now" if now else "utter_open_on"
        return d.say(text, day=named, opens=f"{span[0]:%H:%M}", closes=f"{span[1]:%H:%M}")
    coming = (day + dt.timedelta(days=step) for step in range(1, 15))
    later = next(((each, span) for each in coming if (span := d.rules.hours.span(each))), None)
    after = (
        ""
        if later is None
        else " "
        + d.text("utter_part_opens_next", day=day_words(later[0], d.today, d.language), opens=f"{later[1][0]:%H:%M}")
    )
    d.say("utter_closed_already" if over else "utter_closed_on", day=named, next=after)


@flow("feedback")
async def feedback(d: Dialogue) -> None:
    text = d.frame.text or str(await d.ask("feedback_text", "utter_ask_feedback"))
    stars = stars_in(text)
    d.session.add(Feedback(conversation_id=d.turn.conversation.id, text=text[:4000], stars=stars, created_at=d.now))
    d.turn.looked_up("feedback", f"{stars}/5" if stars else "noted")
    if is_negative(text, stars):
        return d.say("utter_feedback_sorry", buttons=[HUMAN, COMPLAINT])
    d.say("utter_feedback_thanks")
