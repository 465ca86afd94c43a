"""What do several commands have in common: their words, answers, limits and effects?"""
