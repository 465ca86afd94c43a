"""How is each request to the pages answered?"""
