"""The tables of what is kept beside the queue."""

OUTBOX = (
    """CREATE TABLE notice (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        sink TEXT NOT NULL,
        promotion TEXT NOT NULL,
        mark TEXT NOT NULL,
        repository TEXT NOT NULL,
        body TEXT NOT NULL,
        posted INTEGER NOT NULL,
        due INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        dropped INTEGER,
        error TEXT NOT NULL DEFAULT '',
        UNIQUE (sink, promotion, mark)
    )""",
    "CREATE INDEX notice_due ON notice (sink, number) WHERE due IS NOT NULL",
    "CREATE INDEX notice_age ON notice (posted)",
    "CREATE INDEX notice_dropped ON notice (repository) WHERE dropped IS NOT NULL",
    """CREATE TABLE message (
        sink TEXT NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (sink, name)
    ) WITHOUT ROWID""",
    "CREATE INDEX message_age ON message (at)",
)
"""`due` is NULL for what was delivered or dropped."""
