"""CSV templates: from the cells of a site's report to Redox messages."""
