"""The durable inbox and the keyed work queue: one row per key that is owed a pass, at most one runner per key."""
