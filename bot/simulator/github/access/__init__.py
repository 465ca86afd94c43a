"""Who is calling, what may they do, and how often?"""
