"""Try solutions and wrong answers of lessons."""
