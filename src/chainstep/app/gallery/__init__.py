"""The bundled examples to leaf through: each net drawn, and its source's numbers checked.

Which examples there are is in `files.examples`, what is said of their numbers in
`lessons.checked`; opening one is the desk's.
"""
