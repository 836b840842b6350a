"""The commands of `python -m streams`, a file each."""
