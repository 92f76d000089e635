"""What customers come for: one module a topic. Importing the package registers every goal."""

from tests.simulator.goals import orders, payment, products, returns, service

__all__ = ["orders", "payment", "products", "returns", "service"]
