"""Generated lives of purchases as the stores' own messages, for laws that hold in every order."""
