"""The audit log: who did what, for those who administer this Boatyard."""
