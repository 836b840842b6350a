"""Whose a change is, and what that customer holds now. Pure."""
