"""How does a noun look in a REST answer and in a webhook's payload? Noun in, JSON-ready dictionary out."""
