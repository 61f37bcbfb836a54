"""What several commands of the command line share: options, sessions, output, progress."""
