"""How every process of every service is, for those who administer this Boatyard."""
