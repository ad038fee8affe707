"""Chaos: jobs of all kinds under random faults, counted by a Redis that the faults never touch."""
