"""The durable inbox and work queue: one row for each key that is due or running, at most one runner per key."""
