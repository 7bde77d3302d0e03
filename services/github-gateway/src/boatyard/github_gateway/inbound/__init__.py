"""What GitHub delivers: believed, stored, and worked off later."""
