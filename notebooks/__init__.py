"""The course: one source per lesson, and the editions that are made of it."""
