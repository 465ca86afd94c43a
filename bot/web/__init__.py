"""The aiohttp application: webhooks in, health and metrics out. It verifies, stores and answers; it never decides."""
