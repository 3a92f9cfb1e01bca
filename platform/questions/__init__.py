"""Define, present, read and evaluate the questions of a quiz: a module for each kind."""
