"""Define checks, collect evidence for them, and evaluate them: a module for each kind of check."""
