"""What do registries hold (`oci`), and what do they tell us (`hooks`)?

Connections go only where the server's settings allow. Every answer is a value of `bot.core.values.artifacts`, silence
included.
"""
