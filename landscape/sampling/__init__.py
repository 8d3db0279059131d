"""Sampling on the grid of a window: surfaces with error estimates, other quantities, and local or distributed evaluation."""
