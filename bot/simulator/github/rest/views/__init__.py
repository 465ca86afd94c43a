"""How nouns look in REST answers and webhook payloads: noun in, JSON-ready dictionary out."""
