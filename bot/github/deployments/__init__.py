"""How does GitHub show what was deployed? Nothing here chooses what it should show."""
