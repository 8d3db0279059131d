"""Settings of all tests: one torch thread in each worker process, since workers run in parallel."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch and numpy are first imported, hence before any test module
