"""What a model is charged for its outputs, and for its weights."""
