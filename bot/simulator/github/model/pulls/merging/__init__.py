"""How is a pull request merged: now, as soon as nothing blocks it, or through a queue?"""
