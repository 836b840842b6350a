"""How a process tells what it does: clock, logs, metrics, health. Never a secret, never a body."""
