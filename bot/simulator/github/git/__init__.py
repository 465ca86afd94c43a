"""What does git itself say? The only room that knows libgit2."""
