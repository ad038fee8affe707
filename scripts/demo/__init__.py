"""The demo: the whole flow, from three wishes to published pictures, as a REST client sees it."""
