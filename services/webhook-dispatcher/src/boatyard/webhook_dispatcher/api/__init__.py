"""The routes of webhook-dispatcher."""

from boatyard.webhook_dispatcher.api.deliveries import router as deliveries
from boatyard.webhook_dispatcher.api.webhooks import router as webhooks

routers = (webhooks, deliveries)
