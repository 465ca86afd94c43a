"""What may be written now, and what waits for GitHub's limit on new content?"""
