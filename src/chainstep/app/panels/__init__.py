"""What stands around the drawing: chain rule, inspector, training, why, loss, data, debugging.

Each panel shows what it is given and emits what was asked for; none of them changes the document
or moves the cursor itself.
"""
