"""Training of the two starter models; nothing here runs in production."""
