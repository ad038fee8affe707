"""API keys: what they may do, where they are kept, and the command that makes them."""
