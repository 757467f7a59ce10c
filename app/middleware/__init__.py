"""What surrounds every request: identity and log line, forwarded addresses, body limit."""
