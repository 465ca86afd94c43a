"""database: can the queue be kept?

| name                | when                                                     |
|---------------------|----------------------------------------------------------|
| `database-unusable` | it cannot be opened or written                            |
| `database`          | good                                                     |
"""

from bot.doctor.findings import Finding, good, problem


def judge_database(where: str, trouble: str) -> Finding:
    """Judge the store. where: without a password. trouble: why it cannot be used, '' if it can."""
    if not trouble:
        return good("database", f"The queue can be kept in {where}.")
    return problem(
        "database-unusable",
        f"The queue cannot be kept in {where}: {trouble}.",
        "Set DATABASE_URL to a file on a local disk that this process may write, or to a PostgreSQL that it can reach.",
    )
