"""What concerns many applications of one repository at once, and would cost too much if each were looked at by itself?"""
