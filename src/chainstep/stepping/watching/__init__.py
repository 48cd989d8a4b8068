"""What is looked out for while a run goes on: breakpoints, watches, and numbers that break."""
