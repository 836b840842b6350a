"""When a store last spoke to us, and what an app's own backend posted. Pure."""
