"""Courses, lessons and exercises: files, schema, Markdown, models."""
