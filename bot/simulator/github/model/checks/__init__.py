"""What do CI and others report about a commit?"""
