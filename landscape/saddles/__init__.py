"""Saddles: critical points that are copies of one, those of a slice alone, and how many saddles there are beside minima."""
