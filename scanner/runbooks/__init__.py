"""Reads runbooks and the messages of jobs and events into signatures, and keeps nothing else of them."""
