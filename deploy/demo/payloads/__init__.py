"""What each store posts, in its exact shape, built from plain values; nothing here signs."""
