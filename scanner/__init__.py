"""Audits Azure Automation's hybrid workers from the cloud side, read-only."""

__version__ = "0.1.0"
