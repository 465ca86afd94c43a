"""What does a promotion's pull request need now?"""
