"""The admins' studio: what the assistant knows and says, its training, its figures; routes and page."""
