"""What does every part of the model share? Ids, refusals, the clock and the event bus."""
