"""Check runs and commit statuses: what GitHub shows beside a commit about its builds."""
