"""Telegram: customers' chats with the shop's bot, through the Bot API."""
