"""Which version is next, or why is there no candidate?"""
