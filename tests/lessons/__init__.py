"""Tests of the room lessons."""
