"""GitHub's webhooks become build requests."""
