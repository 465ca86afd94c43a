"""Which files are there, and which images and steering objects do they name?"""
