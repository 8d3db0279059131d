"""Sculptures: a term that is added to a loss, the landscape at each strength of it, and what it is meant to move."""
