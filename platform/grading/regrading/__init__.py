"""Grade stored evidence again and correct scores."""
