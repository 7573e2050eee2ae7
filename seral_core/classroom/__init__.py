"""A class: a room of people hears the same clips in step and votes. Start with `room.py`, then `trainer.py`."""

#: What makes a labelling project a class, too; the folder in it where the class keeps what happened, and its events.
FILE, PLACE, LOG = "class.toml", "class", "events.jsonl"
