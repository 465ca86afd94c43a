"""The command line: `gitops-bot …`."""


def main() -> int:
    """Run one command and return its exit status."""
    return 0
