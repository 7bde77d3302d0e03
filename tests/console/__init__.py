"""A package, so that what its tests share ends with the folder and not with the process."""
