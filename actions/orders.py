"""Actions about orders and delivery."""

from actions.base import FlowAction


class OrderStatus(FlowAction):
    flow = "order_status"


class DeliveryOptions(FlowAction):
    flow = "delivery_options"


class ChangeDelivery(FlowAction):
    flow = "change_delivery"


class CancelOrder(FlowAction):
    flow = "cancel_order"


class ModifyOrder(FlowAction):
    flow = "modify_order"


class OrderAgain(FlowAction):
    flow = "order_again"


class DeliveryProblem(FlowAction):
    flow = "delivery_problem"
