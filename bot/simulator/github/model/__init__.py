"""What is there on GitHub, and what follows when somebody changes it?"""
