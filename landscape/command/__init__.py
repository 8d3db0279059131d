"""The command line: its parser, its sources, and one module for each command."""
