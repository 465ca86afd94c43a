"""By which door does a request come in, and which room answers it?"""
