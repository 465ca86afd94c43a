"""What does a branch require of pushes and merges?"""
