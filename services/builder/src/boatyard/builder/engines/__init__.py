"""Build engines: a port, the Docker engine's two builders behind it, and a dummy that behaves like them."""
