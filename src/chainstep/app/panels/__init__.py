"""What stands around the drawing: chain rule, inspector, loss plot, data, training, steps.

Each panel shows what it is given and emits what was asked for; none of them changes the document
or moves the cursor itself.
"""
