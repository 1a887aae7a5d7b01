"""The register of contact facts: every number, address and organisation that the assistant can utter."""
from contacts.register import Register, load_register

__all__ = ["Register", "load_register"]
