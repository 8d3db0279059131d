"""What is written and read: results, journals, recordings of a training, weights."""
