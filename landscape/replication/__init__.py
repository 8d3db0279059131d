"""Replications: claims of papers, measured at the scale of a lecture, each with the band that it must lie in."""
