"""Words: every sentence of the app in the visitor's language."""
