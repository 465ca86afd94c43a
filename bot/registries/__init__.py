"""Container registries: what they hold (`oci`), and what they tell us (`hooks`).

Connections go only where the server's settings allow. Every answer is a value of `bot.core.artifacts`, silence included.
"""
