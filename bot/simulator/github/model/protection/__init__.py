"""What does a branch ask of those who push to it and merge into it?"""
