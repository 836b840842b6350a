"""The path of a notification: verify, look up, track, identify, publish."""
