"""Tables, sessions and migrations: everything that knows SQL."""
