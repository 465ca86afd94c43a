"""What happens to requests and webhooks on their way? Faults, the log and recordings."""
