"""Sets up a scheduled audit: the workflow that a repository gets, and the commands that its owner runs."""
