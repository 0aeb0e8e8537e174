"""What to run on a worker to decide what the cloud cannot see: read-only commands with the tenant's own facts."""

from scanner.findings import Script
from scanner.on_machine._recipes import RECIPES, Recipe
from scanner.on_machine._scripts import MOST_NAMES, OnMachine, os_of, scripts

__all__ = ["MOST_NAMES", "RECIPES", "OnMachine", "Recipe", "Script", "os_of", "scripts"]
