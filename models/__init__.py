"""Weights that ship with Imajin and the code that makes them."""
