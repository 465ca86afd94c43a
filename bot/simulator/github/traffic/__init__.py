"""What happens to requests and webhooks in transit? Faults, the log and recordings."""
