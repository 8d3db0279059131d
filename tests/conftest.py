"""Settings of all tests: one torch thread in each worker process, since workers run in parallel."""

import os

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch and numpy are first imported, hence before any test module


@pytest.fixture(scope="module")
def few_starts():
    """Search for critical points from 16 starts, not 64: most of the time of a scene of two parameters, where it is not what is tested."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("landscape.curvature.critical.STARTS_A_SIDE", 4)
        yield
