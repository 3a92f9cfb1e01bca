"""Let a student's browser reach the ports of their machines, each as an origin of its own."""
