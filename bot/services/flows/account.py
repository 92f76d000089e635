"""The customer and the shop: the account, personal data, contact, a call back, an opinion."""

from __future__ import annotations

from bot.domain.conversation import Reason
from bot.domain.payloads import payload
from bot.services.dialogue import Dialogue, flow
from bot.services.flows.knowledge import say_article, strong_article
from bot.services.flows.proof import HUMAN
from bot.services.waiting import expectation
from bot.services.wording import moment_words
from bot.shop.profile import shop_profile
from bot.storage.tables import Feedback


@flow("account_help")
async def account_help(d: Dialogue) -> None:
    article = await strong_article(d, d.frame.text)
    if article is not None:
        return say_article(d, article, HUMAN)
    profile = await shop_profile(d.session)
    url = profile.get("url", d.language)
    d.say("utter_account_help" if url else "utter_account_help_no_url", buttons=[HUMAN], url=url)


@flow("privacy")
async def privacy(d: Dialogue) -> None:
    """What is kept about a person is for a person to answer; the law gives a month, the wish is noted at once."""
    d.turn.ledger.note("wish", f"personal data: {d.frame.text}"[:500], d.turn.source())
    await d.handoff(Reason.POLICY, "utter_privacy", done=True)


@flow("contact")
async def contact(d: Dialogue) -> None:
    profile = await shop_profile(d.session)
    known = {key: profile.get(key, d.language) for key in ("phone", "email", "address", "opening_hours", "url")}
    lines = [d.text(f"utter_part_{key}", value=value) for key, value in known.items() if value]
    d.turn.looked_up("profile", ", ".join(key for key, value in known.items() if value) or "empty")
    if not lines:
        return d.say("utter_contact_here", buttons=[HUMAN])
    callback = ("utter_button_callback", payload("request_callback"))
    d.say("utter_contact", buttons=[callback, HUMAN], list="\n".join(lines))


@flow("callback")
async def callback(d: Dialogue) -> None:
    phone = d.fact("phone")
    if phone is None:
        await d.ask("phone", "utter_ask_phone", kind="fact", facts=("phone",))
    due = await expectation(d.session, d.rules.hours, d.now)
    d.turn.ledger.note("wish", f"call back {phone}: {d.frame.text}"[:500], d.turn.source())
    d.turn.promise("callback", due.due_at, phone=phone)
    when = moment_words(due.due_at, d.now, d.rules.hours.zone, d.language)
    await d.handoff(Reason.ASKED, "utter_callback_noted", done=True, phone=phone, when=when)


@flow("feedback")
async def feedback(d: Dialogue) -> None:
    text = d.frame.text or str(await d.ask("feedback_text", "utter_ask_feedback"))
    d.session.add(Feedback(conversation_id=d.turn.conversation.id, text=text[:4000], created_at=d.now))
    d.say("utter_feedback_thanks")
