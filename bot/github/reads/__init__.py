"""What is on GitHub? Each look becomes frozen values of the core."""
