"""A page more than the lab has: its scene, its stages, its script, and the lab started with it; test_new_page.py visits it."""
