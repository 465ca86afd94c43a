"""GitHub: the only folder that knows its URLs and its JSON."""
