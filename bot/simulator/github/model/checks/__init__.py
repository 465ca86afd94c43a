"""What do CI and other observers report about a commit?"""
