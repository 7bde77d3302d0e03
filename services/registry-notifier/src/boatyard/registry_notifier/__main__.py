"""`python -m boatyard.registry_notifier`: run registry-notifier alone."""

from boatyard.registry_notifier.service import SERVICE
from boatyard.shared.runtime import main

main(SERVICE)
