"""Everything that makes up one turn of a conversation, whatever the channel."""
