"""Routes for operators and other programs: health, readiness, metrics, the API's description, channel webhooks."""
