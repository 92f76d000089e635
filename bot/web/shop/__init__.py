"""The sample shop's pages: catalogue, products, a demo customer's orders. What a shop's own site would be."""
