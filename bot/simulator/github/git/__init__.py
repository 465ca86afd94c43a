"""What does git itself say? The only room that imports libgit2."""
