"""How often repositories are pushed to and pulled from, day by day."""
