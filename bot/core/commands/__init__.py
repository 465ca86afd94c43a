"""What did people say, may they, and what follows?"""
