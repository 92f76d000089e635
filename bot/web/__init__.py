"""The gateway over HTTP: thin handlers, templates and static files."""
