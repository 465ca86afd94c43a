"""What was deployed where, as those who deploy report it?"""
