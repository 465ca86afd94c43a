"""What is this App to GitHub, and how is it registered there?"""
