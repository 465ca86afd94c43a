"""What does a reference to an image look like in any format?"""
