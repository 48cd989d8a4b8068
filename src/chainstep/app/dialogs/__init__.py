"""What opens in a window of its own: importing and making data, help, handouts to write.

Each hands back an edit or a file; the document belongs to `window`.
"""
