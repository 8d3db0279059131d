"""Values on the points of a window: surfaces with their errors, other quantities, and where they are computed."""
