"""Use cases: receive, turn, hand off, deliver, identify, look up. They own transactions; the web only calls them."""
