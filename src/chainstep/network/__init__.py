"""What a net is: its units and connections, the edits that change them, their order and layout.

Plain Python values, no arrays and no Qt. The arithmetic is in `engine`, the document that a net
is part of in `project`.
"""
