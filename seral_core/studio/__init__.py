"""The labelling studio: projects, the queue of every rater, the trainer in the background. Start with `session.py`."""
