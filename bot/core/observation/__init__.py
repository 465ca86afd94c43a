"""What did the bot see on GitHub?"""
