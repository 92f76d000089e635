"""The rules of the conversation: states, facts, questions, handoff. Plain values in and out, no I/O."""
