"""Data sets, CSV tables of a user, and the check of which models and losses they suit."""
