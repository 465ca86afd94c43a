"""What happened here before?"""
