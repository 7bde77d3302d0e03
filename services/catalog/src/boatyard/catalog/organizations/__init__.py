"""Organizations, their members and their robots."""
