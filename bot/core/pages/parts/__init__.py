"""What do several pages have in common? Words for reasons, verdicts and versions, and sections."""
