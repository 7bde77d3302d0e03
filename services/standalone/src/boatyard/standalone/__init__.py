"""Every service in one process: the composition root, and the `boatyard` command."""
