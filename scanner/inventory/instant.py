"""Times of an estate: always with a time zone, and UTC by the time they are here."""

from datetime import datetime
from typing import Annotated

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware datetime; a snapshot with a time that has no zone is refused."""
