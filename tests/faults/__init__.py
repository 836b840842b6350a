"""Real workers as subprocesses on a real broker: killed, joined, cut off; nothing may be lost."""
