"""What does GitHub show of what was merged, beside its commits?"""
