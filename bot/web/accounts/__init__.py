"""Log-in, set-up, one's own account, and staff."""
