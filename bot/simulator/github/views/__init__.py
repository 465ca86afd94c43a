"""What does an object look like in REST answers and webhooks? Object in, JSON-ready dictionary out."""
