"""Load: the runs L1 to L8, bounded, their figures beside their goals."""
