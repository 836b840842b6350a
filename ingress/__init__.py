"""The two HTTP doors: stores post notifications to one, the operator's backends use the other."""
