"""Actions about the conversation itself."""

from actions.base import DialogueAction, FlowAction
from bot.services.dialogue import Dialogue
from bot.services.flows import conversation, knowledge


class Greet(FlowAction):
    flow = "greet"


class Goodbye(FlowAction):
    flow = "goodbye"


class Thank(FlowAction):
    flow = "thank"


class Capabilities(FlowAction):
    flow = "capabilities"


class BotChallenge(FlowAction):
    flow = "bot_challenge"


class Attachment(FlowAction):
    flow = "attachment"


class Proceed(DialogueAction):
    action_name = "action_proceed"
    talk = staticmethod(Dialogue.proceed)


class NotUnderstood(DialogueAction):
    action_name = "action_not_understood"
    talk = staticmethod(knowledge.not_understood)


class OutOfScope(DialogueAction):
    action_name = "action_out_of_scope"
    talk = staticmethod(knowledge.out_of_scope)


class Answer(DialogueAction):
    action_name = "action_answer"
    talk = staticmethod(knowledge.answer)


class Stop(DialogueAction):
    action_name = "action_stop"
    talk = staticmethod(Dialogue.stop)


class RequestHuman(DialogueAction):
    action_name = "action_request_human"
    talk = staticmethod(conversation.request_human)


class Frustration(DialogueAction):
    action_name = "action_frustration"
    talk = staticmethod(conversation.frustration)


class BackToBot(DialogueAction):
    action_name = "action_back_to_bot"
    talk = staticmethod(conversation.back_to_bot)
