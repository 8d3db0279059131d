"""Files: results, journals of interrupted computations, recordings of a training, and weights."""
