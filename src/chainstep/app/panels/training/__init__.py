"""The training panel: optimiser, batches, start, schedule and end. The run is in `stepping`."""
