"""The inspector: what is selected, a page each for a unit, a connection and several things."""
