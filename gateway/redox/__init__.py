"""The doors that speak Redox's JSON: the endpoint of clients, and the webhook of feeds."""
