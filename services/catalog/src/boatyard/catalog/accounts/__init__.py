"""People: signing up, signing in and out, sessions."""
