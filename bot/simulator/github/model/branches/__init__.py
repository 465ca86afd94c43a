"""What follows when a branch moves or is renamed?"""
