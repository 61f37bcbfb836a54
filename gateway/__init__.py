"""The composition root: HTTP, who is calling, which tenant; the command line."""
