"""The sandbox: tenants, a client and a webhook that everybody knows, with invented people and what happens to them."""
