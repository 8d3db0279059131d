"""Pictures: results as what the view shows, in the visitor's language and in the reader's numbers."""
