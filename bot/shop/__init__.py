"""The shop: products, orders, returns, complaints, knowledge; looking them up, changing them, importing them."""
