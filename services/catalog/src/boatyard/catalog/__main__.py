"""`python -m boatyard.catalog`: run catalog alone."""

from boatyard.catalog.service import SERVICE
from boatyard.shared.runtime import main

main(SERVICE)
