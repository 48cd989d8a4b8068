"""Tests of the room stepping."""
