"""Controls of compliance frameworks: which checks stand behind them, and what a scan says of each.

The mappings are data: `catalogue.json` has what Microsoft maps (policies to the controls of its initiatives, with the
commit and the date that it was read from), `mappings.toml` what belongs to each check, by its id.
"""

from scanner.controls._catalogue import Catalogue, CheckMapping, Framework, Inference, Initiative, catalogue, mappings
from scanner.controls._references import ControlReference, controls_of, policies_of
from scanner.controls._text import controls_text
from scanner.controls._views import framework_views

__all__ = [
    "Catalogue",
    "CheckMapping",
    "ControlReference",
    "Framework",
    "Inference",
    "Initiative",
    "catalogue",
    "controls_of",
    "controls_text",
    "framework_views",
    "mappings",
    "policies_of",
]
