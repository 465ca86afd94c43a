"""What can be requested over REST? `views/` shapes the objects in its answers."""
