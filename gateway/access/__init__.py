"""Who is calling and what a caller reaches: keys, tokens and assertions, the tenants of a caller, limits of calls."""
