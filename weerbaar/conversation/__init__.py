"""What one turn is, whatever the channel."""
