"""The door for files of history: uploads, and the jobs that load large files."""
