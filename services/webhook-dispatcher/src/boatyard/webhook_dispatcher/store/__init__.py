"""All SQL of webhook-dispatcher, by what it is for."""
