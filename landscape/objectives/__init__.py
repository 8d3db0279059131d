"""The landscapes themselves: analytic functions and empirical risks."""
