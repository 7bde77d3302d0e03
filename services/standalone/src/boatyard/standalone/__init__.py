"""Every service in one process: the composition root."""
