"""Saddles: critical points that are copies of one, those of a slice alone, how long methods stay at a saddle, and how many there are."""
