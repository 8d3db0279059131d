"""Optimizers, their schedules, their paths, and the curvature along these."""
