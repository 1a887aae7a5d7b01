"""The assistant: what it understands, says, keeps and serves."""
