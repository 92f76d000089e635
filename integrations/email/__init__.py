"""E-mail as the way to a web-chat customer who has left the page."""
