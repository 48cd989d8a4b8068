"""Why a sum: the lenses that look at one unit of the pass, each in a way of its own."""
