"""The canvas: the net as discs and lines, the mouse gestures that draw it, and what a step shows.

`scene.CanvasScene` shows a project and a step and only emits what was asked for; `view.CanvasView`
is the window onto it. Changing the project is the window's work, through `project.Project`.
"""
