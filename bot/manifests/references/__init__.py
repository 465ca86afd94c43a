"""How does a reference to an image look, whatever format it stands in?"""
