"""Keep machines running before anybody asks, and hand them out."""
