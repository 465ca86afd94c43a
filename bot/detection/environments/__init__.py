"""Which environments do the paths name, and in which order do versions pass them?"""
