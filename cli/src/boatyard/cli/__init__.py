"""The boatyard command: Boatyard's API for people at a terminal and for pipelines."""
