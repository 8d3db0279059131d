"""Jobs: results computed on worker threads, shared by all sessions, and followed by a page."""
