"""Readers: one file for each layout of recordings and labels that SERAL knows."""
