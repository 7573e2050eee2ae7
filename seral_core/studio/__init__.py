"""The labelling studio: projects, the queue of every rater, the trainer in the background. Start with `session.py`."""

#: The file that makes a folder a labelling project.
from seral_core.folders import FILES

FILE = FILES["project"]
