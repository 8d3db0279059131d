"""Controls: what a visitor chooses, uploads and places by hand, each change of which becomes the session's scene."""
