"""Join notifications with tracked purchases and find what moved. Pure."""
