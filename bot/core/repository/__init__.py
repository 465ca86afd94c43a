"""What follows for the repository as a whole?"""
