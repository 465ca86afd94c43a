"""What does git itself answer? The only room that imports libgit2."""
