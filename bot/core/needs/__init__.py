"""What must the bot look at next?"""
