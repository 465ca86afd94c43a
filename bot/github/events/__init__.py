"""What happened on GitHub, and what becomes due?"""
