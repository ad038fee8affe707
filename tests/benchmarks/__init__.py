"""Benchmarks: ours beside the bare thing, in one run, medians."""
