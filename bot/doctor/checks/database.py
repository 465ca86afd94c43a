"""database: can the queue be kept?

| name                | when                                                     |
|---------------------|----------------------------------------------------------|
| `database-unusable` | it cannot be opened or written                            |
| `database-on-network-disk` | SQLite's file lies on a file system of the network |
| `database`          | good                                                     |
"""

from bot.doctor.findings import Finding, good, problem

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.sshfs",
        "gfs2",
        "lustre",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)


def judge_database(where: str, trouble: str, *, file_system: str = "") -> Finding:
    """Judge the store. where: without a password. trouble: why it cannot be used, '' if it can.

    file_system: the kind that a file lies on, '' where that is unknown. https://sqlite.org/faq.html#q5
    """
    if not trouble and file_system in NETWORK_FILE_SYSTEMS:
        return problem(
            "database-on-network-disk",
            f"The queue's file {where} lies on {file_system}. SQLite relies on locks that network file systems do not keep, so "
            "the file can be damaged.",
            "Name a file on a local disk or a block volume in DATABASE_URL. Copy nothing: the bot finds all work again.",
        )
    if not trouble:
        return good("database", f"The queue can be kept in {where}.")
    return problem(
        "database-unusable",
        f"The queue cannot be kept in {where}: {trouble}.",
        "Set DATABASE_URL to a file on a local disk that this process may write, or to a PostgreSQL that it can reach.",
    )
