"""From which GitHub project a repository is built, and by which rules."""
