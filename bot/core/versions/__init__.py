"""What could run, and which version is newer?"""
