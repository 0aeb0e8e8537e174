"""The commands of `hwaudit`, one module for those that belong together; each loads what it needs when it runs."""
