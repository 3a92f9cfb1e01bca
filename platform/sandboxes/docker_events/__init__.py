"""Follow what engines report and show it on students' pages."""
