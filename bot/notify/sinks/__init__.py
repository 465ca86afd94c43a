"""The kinds of sinks. A further kind is a file here and a row in `bot/settings/notifications.py`."""
