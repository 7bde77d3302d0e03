"""Who Boatyard is at GitHub: the App that an administrator made, and its keys."""
