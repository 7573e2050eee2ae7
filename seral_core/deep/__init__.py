"""Deep learning, the only wing that imports torch; what a module needs of it is loaded on first use."""
