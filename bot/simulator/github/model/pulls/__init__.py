"""How does a change become part of its base? Pull requests, reviews, merging and merge queues."""
