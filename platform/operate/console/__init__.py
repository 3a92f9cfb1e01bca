"""Run programs and show an operator what happens."""
