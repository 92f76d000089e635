"""Actions about returns, exchanges and complaints."""

from actions.base import FlowAction


class StartReturn(FlowAction):
    flow = "start_return"


class ReturnPolicy(FlowAction):
    flow = "return_policy"


class RefundStatus(FlowAction):
    flow = "refund_status"


class FileComplaint(FlowAction):
    flow = "file_complaint"


class ComplaintStatus(FlowAction):
    flow = "complaint_status"


class Exchange(FlowAction):
    flow = "exchange"
