"""Events fan out to users' webhooks; every delivery is recorded."""
