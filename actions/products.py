"""Actions about what the shop sells."""

from actions.base import FlowAction


class ProductInfo(FlowAction):
    flow = "product_info"


class Availability(FlowAction):
    flow = "availability"


class NotifyRestock(FlowAction):
    flow = "notify_restock"


class Price(FlowAction):
    flow = "price"


class Promotions(FlowAction):
    flow = "promotions"


class Recommend(FlowAction):
    flow = "recommend"


class ProductUsage(FlowAction):
    flow = "product_usage"
