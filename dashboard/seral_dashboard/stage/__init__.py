"""The stage: a story of scenes for a projector, each an address of the dashboard and a caption."""
