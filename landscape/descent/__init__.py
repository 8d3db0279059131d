"""Optimizers, learning-rate schedules, trajectories, and the sharpness along them."""
