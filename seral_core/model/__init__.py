"""Models: all that turns a recording into a prediction, in one object that can be saved, loaded and shared."""
