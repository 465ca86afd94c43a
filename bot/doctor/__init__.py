"""What keeps this bot from working, and what to do about it?"""
