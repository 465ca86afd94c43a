"""What does an answer from GitHub mean? Pure: JSON in, frozen values of the core out."""
