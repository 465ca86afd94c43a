"""Who asks, may they, and how often?"""
