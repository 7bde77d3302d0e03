"""How much a namespace keeps in the registry, and how much it may."""
