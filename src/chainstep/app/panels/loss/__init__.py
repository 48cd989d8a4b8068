"""The loss as it falls: its curve, its legend, a curve without end in constant memory."""
