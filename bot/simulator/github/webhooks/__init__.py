"""What are Apps told, and how does it reach them?"""
