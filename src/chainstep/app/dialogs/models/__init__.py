"""File › Import Model: what a file holds is shown before it is opened.

How a file is read, and what it has to tell, is in `files`; what goes out is in `dialogs.export`.
"""
