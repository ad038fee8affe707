"""schemathesis against the running service, from the service's own description."""
