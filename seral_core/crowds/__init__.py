"""Crowds: raters that answer in simulation, what their votes say of them, and whom to ask next."""
