"""What Boatyard's services share: the event contract and the plumbing; no business rules."""
