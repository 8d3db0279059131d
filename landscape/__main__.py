"""The command line: `python -m landscape surface | spectrum | path SOURCE --out FILE.npz`.

SOURCE is a scene's query ("data=digits&model=mlp&loss=cross_entropy&opt=adam") or the place of an `Objective` of your own,
"study.py:risk" or "package.module:risk", where `risk` is one or a function that returns one. Progress goes to the terminal's error
stream. Ctrl-C stops cleanly, and the same command takes it up where it stopped, to the same bytes: what was evaluated is kept in journals
beside the result, FILE.npz.part, FILE.npz.path.part and FILE.npz.maps.part, until the result is there.
"""

import sys

from landscape.command.parser import main

if __name__ == "__main__":
    sys.exit(main())
