"""Losses of the outputs, and penalties of the parameters."""
