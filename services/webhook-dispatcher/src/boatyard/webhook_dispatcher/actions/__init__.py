"""The use cases of webhook-dispatcher. They take a unit of work and never commit."""
