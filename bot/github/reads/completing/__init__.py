"""What does an answer leave out, and where is it read?"""
