"""The name Git gives to a file's content."""

import hashlib


def blob_id(content: bytes) -> str:
    """Return the SHA-1 under which Git stores these bytes (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects)."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
