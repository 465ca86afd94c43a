"""How is a document prepared, priced and executed?"""
