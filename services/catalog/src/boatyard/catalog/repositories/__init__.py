"""Repositories and favourites."""
