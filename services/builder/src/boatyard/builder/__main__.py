"""`python -m boatyard.builder`: run builder alone."""

from boatyard.builder.service import SERVICE
from boatyard.shared.runtime import main

main(SERVICE)
