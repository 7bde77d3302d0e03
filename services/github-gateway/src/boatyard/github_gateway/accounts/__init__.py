"""Linked GitHub accounts: authorized, renewed, taken back."""
