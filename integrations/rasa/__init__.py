"""The gateway's side of the brain: a client of its turns, and a supervisor of its process."""
