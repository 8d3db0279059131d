"""The command line: `python -m landscape surface | spectrum | path SOURCE --out FILE.npz`, or `python -m landscape replicate [NAME ...]`.

SOURCE is the query of a scene ("data=digits&model=mlp&loss=cross_entropy&opt=adam") or names an `Objective` of your own, "study.py:risk" or
"package.module:risk", where `risk` is an `Objective` or a function that returns one. Progress is printed to standard error. Ctrl-C stops
the command; the same command, run again, resumes and ends with the same bytes: evaluated values are kept in the journals FILE.npz.part,
FILE.npz.path.part and FILE.npz.maps.part beside the result, until the result is written.
"""

import sys

from landscape.command.parser import main

if __name__ == "__main__":
    sys.exit(main())
