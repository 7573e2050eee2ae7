"""The course: what checks a student's answers in the lessons under ``notebooks``, one file a lesson."""
