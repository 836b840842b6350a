"""Everything that runs on one machine without Docker: the broker, the supervisor, the demo project."""
