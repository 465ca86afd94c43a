"""How do people name a value in a file, and which files may they name?"""
