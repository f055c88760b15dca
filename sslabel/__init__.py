"""sslabel."""
