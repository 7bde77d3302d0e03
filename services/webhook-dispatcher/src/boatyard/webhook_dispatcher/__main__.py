"""`python -m boatyard.webhook_dispatcher`: run webhook-dispatcher alone."""

from boatyard.shared.runtime import main
from boatyard.webhook_dispatcher.service import SERVICE

main(SERVICE)
