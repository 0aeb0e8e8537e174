"""A repository, and the step that keeps its issues."""

from __future__ import annotations

import pytest
from github_issues import GitHub
from issue_runs import Step


@pytest.fixture
def github() -> GitHub:
    return GitHub()


@pytest.fixture
def step(github, tmp_path) -> Step:
    return Step(github, tmp_path)
