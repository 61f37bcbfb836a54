"""The doors at which a caller says who it is, and where each try is counted and remembered."""
