"""Helpers that several commands of the command line share: options, sessions, output and progress."""
