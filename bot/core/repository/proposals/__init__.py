"""What would a proposed policy change?"""
