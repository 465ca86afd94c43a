"""How does a server get its App?"""
