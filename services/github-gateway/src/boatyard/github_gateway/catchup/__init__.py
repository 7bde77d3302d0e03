"""What GitHub did not get through to us: failed deliveries, pushes it does not tell of, our own downtime."""
