"""The command line: `python -m landscape surface | spectrum | path SOURCE --out FILE.npz`, or `python -m landscape replicate [NAME ...]`.

SOURCE is the query of a scene ("data=digits&model=mlp&loss=cross_entropy&opt=adam") or its whole address, or names an `Objective` of your
own, "study.py:risk" or "package.module:risk", where `risk` is an `Objective` or a function that returns one; a file may import what is
beside it, and what it draws without a seed is the same in every run. Progress is printed to standard error. Ctrl-C stops the command, a
second one at once; the same command, run again, resumes and ends with the same bytes: evaluated values are kept in the journals
FILE.npz.part, FILE.npz.path.part and FILE.npz.maps.part beside the result, until the result is written. A result file that is there is
replaced with --force only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, as `landscape.command.parser.main`; while that is still being imported, which takes seconds, Ctrl-C ends it."""
    try:
        from landscape.command.parser import main as run
    except KeyboardInterrupt:
        sys.stderr.write("Stopped before it began. The same command begins again.\n")
        return 130
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
