"""The recipes for planes, and which part of one is drawn."""
