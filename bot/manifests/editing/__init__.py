"""Which bytes change, and what proves that no other byte does?"""
