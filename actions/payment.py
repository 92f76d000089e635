"""Actions about paying and invoices."""

from actions.base import FlowAction


class PaymentMethods(FlowAction):
    flow = "payment_methods"


class PaymentProblem(FlowAction):
    flow = "payment_problem"


class Invoice(FlowAction):
    flow = "invoice"
