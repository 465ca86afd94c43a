"""Which applications are there, where does each run, and how does it differ there?"""
