"""The Hessian: eigenvalues, spectral density, trace, blocks, sharpness measures, and critical points."""
