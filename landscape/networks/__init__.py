"""The models, and what stands between their layers."""
