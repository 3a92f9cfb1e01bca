"""Define, collect evidence for, and evaluate checks."""
