"""What one visitor has: the scene, the address that names it, and files."""
