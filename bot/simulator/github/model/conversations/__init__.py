"""What do people say? Issues, comments, labels and reactions."""
