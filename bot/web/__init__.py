"""The aiohttp application: webhooks, health and metrics. It verifies, stores and answers; it never decides."""
