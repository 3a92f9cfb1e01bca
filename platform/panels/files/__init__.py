"""Let pages read and change a machine's files."""
