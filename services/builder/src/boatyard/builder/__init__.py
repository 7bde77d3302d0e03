"""Images are built from Git commits; records and logs are kept."""
