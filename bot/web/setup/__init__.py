"""The page that leads a person from nothing to an App that works."""
