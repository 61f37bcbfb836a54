"""The routes for files of history: uploads, and the jobs that load large files."""

from gateway.files import file_door, file_jobs, forms

__all__ = ["file_door", "file_jobs", "forms"]
