"""Examples to learn from: truth tables, point clouds, tables read from CSV, splits and scaling.

It makes rows and row numbers that `project` holds as plain values; `engine` reads them there, and
the two rooms do not know each other.
"""
