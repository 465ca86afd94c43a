"""Create a virtual environment with pip, for `make`, or say in one sentence why not.

It starts on any Python, so that one that is too old can say so. An environment that works is kept; one that is incomplete is
replaced, and a failure leaves none behind.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)


def main(folder):
    """Return once the folder is an environment that works; exit with a sentence otherwise."""
    if works(folder):
        return
    problem = missing()
    if problem:
        sys.exit(problem)
    ours = not os.path.exists(folder) or os.path.exists(os.path.join(folder, "pyvenv.cfg"))
    if os.path.exists(folder):
        print("Replacing {}, which is incomplete.".format(folder))
    command = [sys.executable, "-m", "venv", folder] + ["--clear"] * ours
    created = False
    try:
        created = subprocess.call(command) == 0
    finally:  # also after Ctrl-C
        if ours and not created:
            shutil.rmtree(folder, ignore_errors=True)
    if not created:
        sys.exit("`{}` failed, see above.".format(" ".join(command)))


def works(folder):
    """Return whether the folder has a Python that is new enough, and pip.

    It has no pip where ensurepip was missing or interrupted, and no Python where its link leads to one that was uninstalled.
    """
    python, pip = os.path.join(folder, "bin", "python"), os.path.join(folder, "bin", "pip")
    if not (os.path.exists(python) and os.path.exists(pip)):
        return False
    question = "import pip, sys; sys.exit(sys.version_info < {})".format(OLDEST)
    with open(os.devnull, "w") as silence:
        return subprocess.call([python, "-c", question], stderr=silence) == 0


def missing():
    """Return what this Python lacks and what to do about it; '' if it lacks nothing."""
    name = os.path.basename(sys.executable)
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST:
        return (
            "GitOps Bot needs Python 3.11 or newer, and {} is {}: install a newer one and name it, "
            "such as `make PYTHON=python3.12 test`.".format(name, version)
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        package = (name if name.startswith("python3") else "python3") + "-venv"
        return (
            "{} {} cannot create a virtual environment, because its module {} is missing: "
            "run `apt install {}` (Debian, Ubuntu), then `make` again.".format(name, version, error.name, package)
        )
    return ""


if __name__ == "__main__":
    main(sys.argv[1])
