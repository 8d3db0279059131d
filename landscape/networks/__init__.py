"""Models, activations, and the private parts of torch that the package uses."""
