"""The assistant: language understanding, policies, conversation, stores, channels and server."""
