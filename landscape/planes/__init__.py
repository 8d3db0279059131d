"""Constructions of planes, and the windows of them to draw."""
