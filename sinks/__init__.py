"""What comes out: each sink reads topics as a group of its own, and none waits for another."""
