"""Show what happens in students' machines, in panels beside the terminal."""
