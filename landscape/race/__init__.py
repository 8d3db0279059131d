"""The race: what its racers may spend, why one left the road, and what their learning rates do."""
