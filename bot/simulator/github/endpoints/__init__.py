"""Which part of the simulator answers a request?"""
