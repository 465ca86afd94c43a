"""Which comments want an answer, which of their lines count, and which pass answers?"""
