"""Which words do all rooms share?"""
