"""The embedded store: one file on a local disk, no server."""
