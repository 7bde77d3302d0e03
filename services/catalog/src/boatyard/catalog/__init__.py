"""Accounts, organizations, repositories, tags and the registry's token endpoint."""
