"""The tests: the same rooms as the program, plus architecture, journeys and examples."""
