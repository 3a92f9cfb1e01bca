"""Turn Markdown, diagrams and quizzes into clean HTML."""
