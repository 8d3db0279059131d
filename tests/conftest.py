"""What every test stands on: one thread for torch in each worker, so that parallel workers do not fight for the cores."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch and numpy are first imported, hence before any test module
