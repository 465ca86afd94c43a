"""What did GitHub not write, and why?"""
