"""`python -m boatyard.github_gateway`: run github-gateway alone."""

from boatyard.github_gateway.service import SERVICE
from boatyard.shared.runtime import main

main(SERVICE)
