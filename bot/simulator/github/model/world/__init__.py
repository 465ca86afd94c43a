"""What do all nouns share? Ids, refusals, the clock, and the bus that they tell their events to."""
