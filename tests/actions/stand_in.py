"""The action in a real bash, with a stand-in for hwaudit that keeps what it was asked and writes a small report."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from actions.runner import Runner

ROOT = Path(__file__).parents[2]
STAND_IN = f"""#!{sys.executable} -IS
import json, os, sys
here = os.path.dirname(os.path.dirname(sys.argv[0]))
words = sys.argv[1:]
with open(here + "/asked", "a") as file:
    file.write(json.dumps([words, os.environ.get("AZURE_CLIENT_ID")]) + "\\n")
told = json.load(open(here + "/told"))
if words[0] == "diff":
    print(told["diff_err"], file=sys.stderr)
    sys.exit(2 if told["diff_err"] else 0)
if os.path.exists(here + "/fails") and open(here + "/fails").read() in words:
    sys.exit(4)
print(told["out"])
print(told["err"], file=sys.stderr)
if told["code"] not in (2, 4):
    options = dict(word.split("=", 1) for word in words if word.startswith("--") and "=" in word)
    folder = options.get("--out", "hwaudit-report")
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(here + "/reports"):
        with open(here + "/reports/" + name) as old, open(folder + "/" + name, "w") as new:
            new.write(old.read())
    if "--snapshot" in options:
        open(options["--snapshot"], "w").write("seen")
sys.exit(told["code"])
"""


class Step:
    """The action with the stand-in; `run` returns what its step did, `asked` what hwaudit was asked."""

    def __init__(self, folder: Path, reports: Path) -> None:
        self.workspace = folder / "here"
        self.home = folder / "program"
        self.temporary = folder / "temp"
        for place in (self.workspace, self.home / "bin", self.temporary):
            place.mkdir(parents=True)
        shutil.copytree(reports, self.home / "reports")
        (self.home / "bin" / "python").symlink_to(sys.executable)
        (self.home / "bin" / "hwaudit").write_text(STAND_IN)
        (self.home / "bin" / "hwaudit").chmod(0o755)

    def run(self, given=None, *, code=0, out="", err="", diff_err="", environment=None):
        self.tell(code=code, out=out, err=err, diff_err=diff_err)
        (self.home / "asked").unlink(missing_ok=True)
        replaced = {"install": {"python": str(self.home / "bin" / "python")}}
        runner = Runner(self.workspace, self.temporary, replaced=replaced, environment=environment or {})
        job = runner.run_action(ROOT, given or {})
        outer = job.step("action (uses)")
        assert outer.outcome == job.step("Audit").outcome
        return job.step("Audit"), dict(outer.outputs)

    def tell(self, *, code=0, out="", err="", diff_err=""):
        """Say what hwaudit will print, and how it will end."""
        told = {"code": code, "out": out, "err": err, "diff_err": diff_err}
        (self.home / "told").write_text(json.dumps(told))

    @property
    def asked(self):
        return [json.loads(line) for line in (self.home / "asked").read_text().splitlines()]

    @property
    def words(self):
        [(words, _)] = [each for each in self.asked if each[0][0] != "diff"]
        return words
