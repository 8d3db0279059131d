"""Everything that a page shows, by name and number, and how it is computed."""
