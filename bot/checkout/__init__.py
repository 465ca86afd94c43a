"""What would the bot do with this checkout?

The same reading, selection and gates as in a pass, over files on a disk. Nothing is asked of GitHub.
"""
