"""Work out how far a student has come, and what they may see."""
