"""The command line: its parser, its sources, and one file a command."""
