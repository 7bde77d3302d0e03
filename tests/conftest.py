"""What every test may use. Fixtures that only one folder needs are in that folder's conftest.py."""

pytest_plugins = ["boatyard.shared.testing.plugin"]
