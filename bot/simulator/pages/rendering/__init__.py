"""How do values become HTML?"""
