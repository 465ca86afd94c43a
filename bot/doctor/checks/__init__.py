"""What is wrong with one thing, given what was seen of it? One file for each check; nothing here asks anybody."""
