"""Scripts of the project: what `make lint` and `make docs` run. They do not ship."""
