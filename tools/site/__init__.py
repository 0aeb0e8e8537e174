"""What builds the documentation site: `make site`."""
