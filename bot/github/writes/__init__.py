"""How is a plan carried out? Nothing here chooses."""
