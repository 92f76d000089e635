"""Messenger: customers who write to the shop's Facebook Page, through Meta's Graph API."""
