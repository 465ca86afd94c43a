"""Who acts? People, organisations, teams, Apps and their installations."""
