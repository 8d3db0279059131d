"""Minima: what tells two minima of the same loss apart, as studies that grow while they are computed."""
