"""A Docker engine of builder's own, walled off: it reaches the registry and the internet through us alone.

Its network namespace has no way out but two sockets that this process listens on: a relay to the registry, and
a proxy to public addresses. Its process namespace ends with this process, and every build with it.
"""
