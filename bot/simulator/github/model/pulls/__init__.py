"""How does a change reach its base? Pull requests, reviews, merging and merge queues."""
