"""Stand-ins for `az` and `gh` on the PATH of a test: they keep what they were asked, and answer what is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from actions.runner import BASH

CLIENT = "11111111-2222-3333-4444-555555555555"
_STAND_IN = f"""#!{sys.executable} -IS
import json, os, sys
here, program = os.path.split(sys.argv[0])
words = sys.argv[1:]
with open(here + "/asked.json", "a") as file:
    file.write(json.dumps([program, *words]) + "\\n")
told = json.load(open(here + "/told.json"))
command = " ".join(words[:3])
if program == "gh" and words[0] == "api":  # what jq would make of the answer
    program = words[words.index("--jq") + 1]
    start, end = program.index("((.sub_claim_prefix // "), program.index("), \\"audiences")
    added = program[start:end].rpartition(" + ")[2]
    print(program[:start] + json.dumps(told["prefix"] + json.loads(added)) + program[end + 1:])
elif program == "gh" and words[:2] == ["run", "list"]:
    print("7" if told["artifact"] else "")
elif program == "gh" and words[:2] == ["run", "download"]:
    place = words[words.index("--dir") + 1]
    os.mkdir(place)
    for name in os.listdir(told["artifact"]):
        with open(told["artifact"] + "/" + name, "rb") as old, open(place + "/" + name, "wb") as new:
            new.write(old.read())
elif command == "ad app create":
    print(told["client"])
elif command == "ad sp show":
    print("object-of-" + words[words.index("--id") + 1])
elif command.startswith("account show"):
    print("tenant-of-az")
"""


class CommandLine:
    """A folder for the PATH with `az` and `gh`; GitHub says `prefix` of the subjects of the repository's tokens."""

    def __init__(self, folder: Path, *, prefix: str, client: str = CLIENT) -> None:
        self.folder = folder
        folder.mkdir()
        for name in ("az", "gh"):
            (folder / name).write_text(_STAND_IN)
            (folder / name).chmod(0o755)
        self._told = {"prefix": prefix, "client": client, "artifact": None}
        self._tell()

    def keep(self, artifact: Path) -> None:
        """Let the last successful run have this artifact."""
        self._told["artifact"] = str(artifact)
        self._tell()

    def run(self, script: str, workspace: Path) -> None:
        """Run what was printed, as somebody who pastes it into a shell."""
        full = {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}", "HOME": os.environ.get("HOME", "")}
        subprocess.run([BASH, "--norc", "-e", "-c", script], cwd=workspace, env=full, check=True, capture_output=True)

    @property
    def asked(self) -> list[list[str]]:
        """Every command, word by word."""
        return [json.loads(line) for line in (self.folder / "asked.json").read_text().splitlines()]

    def one(self, *begins: str) -> dict[str, str]:
        """The options of the one command that begins so."""
        [words] = [words for words in self.asked if words[: len(begins)] == [*begins]]
        rest = words[len(begins) :]
        return {name: value for name, value in pairwise(rest) if name.startswith("--")}

    def variables(self) -> dict[str, str]:
        """The variables of the repository."""
        setting = [words[3:] for words in self.asked if words[:3] == ["gh", "variable", "set"]]
        return {words[0]: words[words.index("--body") + 1] for words in setting}

    def _tell(self) -> None:
        (self.folder / "told.json").write_text(json.dumps(self._told))
