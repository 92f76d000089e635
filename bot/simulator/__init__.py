"""Stand-ins of Telegram's Bot API and Meta's Graph API, made from their published protocols, and a phone to try them.

They import nothing of the product: what is tried against them is the wire.
"""
