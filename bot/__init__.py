"""TellOnce: customer service for online shops, in one thread from the first question to the last answer."""
