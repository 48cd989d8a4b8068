"""A net as a program in another language, readable, and checking itself when it is run."""
