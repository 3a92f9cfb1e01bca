"""Keep users, their roles, tokens and invitations, and sign them in."""
