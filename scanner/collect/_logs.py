"""Which workspaces' logs are asked for what: heartbeats, agent events, stops of ingestion and job logs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from typing import Any

from scanner.collect._log_batches import LogQueries
from scanner.collect._lookback import LOGS, LookBack
from scanner.collect._reader import Reader
from scanner.inventory import Reading, Workspace
from scanner.inventory.follow_ups import LOG_QUERIES, OF_AGENTS, OF_LINKED, concerned, log_queries


class Logs:
    """Has the workspaces that matter queried; `start` runs a coroutine beside the others of the scan."""

    def __init__(self, reader: Reader, start: Callable[[Coroutine[Any, Any, Any]], None], look_back: LookBack) -> None:
        self._reader = reader
        self._queries = LogQueries(reader, start, look_back.of(LOGS))

    def linked(self, workspace: Workspace) -> None:
        """Query a workspace that an account is linked to; whatever else is seen, this one matters."""
        for reading in OF_LINKED:
            self._query(reading, workspace)

    def rest(self, *, only_concerned: bool = False) -> None:
        """Query the others that matter, chosen by all that the reader has seen; or those that an account concerns."""
        chosen = concerned(self._reader.resources) if only_concerned else None
        for reading, workspace in log_queries(self._reader.resources):
            if chosen is None or workspace.id.key in chosen:
                self._query(reading, workspace)

    def all_of_shard(self, subscriptions: Collection[str]) -> None:
        """Query what other shards may call for: their workers may report to any workspace of these (keys).

        A workspace that no list shows is known to those alone that a link led to it; it may be a target of job logs.
        """
        for workspace in [r for r in self._reader.resources if isinstance(r, Workspace)]:
            by_id = self._reader.answered(Reading.WORKSPACE, workspace.id)
            own = workspace.id.subscription.key in subscriptions
            for reading in LOG_QUERIES if by_id else OF_AGENTS if own else ():
                self._query(reading, workspace)

    def _query(self, reading: Reading, workspace: Workspace) -> None:
        if self._reader.plan(reading, workspace.id):
            self._queries.ask(reading, workspace)
