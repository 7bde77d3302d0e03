"""Tags as users see them, their history, and what the images say of themselves."""
