"""What does a policy file say, and what is wrong with it, by line and column?"""
