"""What does GitHub say of the App and of a repository's settings, for the doctor?"""
