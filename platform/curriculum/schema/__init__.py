"""Define courses, lessons and exercises as frozen typed objects."""
