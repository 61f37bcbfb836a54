"""CSV templates: the cells of a site's report become Redox messages."""
