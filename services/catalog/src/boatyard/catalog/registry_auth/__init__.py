"""The token endpoint of the registry, its keys and its scopes."""
