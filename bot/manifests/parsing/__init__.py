"""How do a file's bytes become a tree whose every scalar knows its place?"""
