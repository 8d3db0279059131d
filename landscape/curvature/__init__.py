"""The second derivative at a point: products, eigenvalues, density, trace, sharpness, critical points."""
