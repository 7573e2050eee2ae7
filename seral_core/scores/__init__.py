"""How good a belief is, and how much a curve saves."""
