"""The debugger's panels: breakpoints, watches and the history of a run."""
