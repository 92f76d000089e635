"""Actions about the customer and the shop."""

from actions.base import FlowAction


class AccountHelp(FlowAction):
    flow = "account_help"


class Privacy(FlowAction):
    flow = "privacy"


class Contact(FlowAction):
    flow = "contact"


class Callback(FlowAction):
    flow = "callback"


class GiveFeedback(FlowAction):
    flow = "feedback"
