"""The agents' desk: its routes, its live feed and its page."""
