"""What frames the window: stepping bar, tool strip, status line, notices and the first words.

Their commands are in `actions`; what they do is connected in `menus`.
"""
