"""Measures of the budgets that Boatyard promises to keep: `python -m benchmarks`."""
