"""The Tab key offers the commands, and the values that a command knows."""

import pytest

from scanner.commands import completion


@pytest.fixture
def tab(hwaudit, monkeypatch):
    """What bash offers after these words."""

    def offered(line):
        words = ["hwaudit", *line.split(" ")]
        monkeypatch.setenv("_HWAUDIT_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(words))
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        return hwaudit().out.split()

    return offered


def test_commands_and_options_are_offered(tab):
    assert tab("expl") == ["explain"]
    assert tab("scan --snap") == ["--snapshot"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("explain run-as-r", ["run-as-retired"]),
        ("explain accepted-risk-t", ["accepted-risk-too-broad"]),
        ("scan --format html,sa", ["html,sarif"]),
        ("scan --skip logs,jo", ["logs,jobs"]),
        ("evaluate x --framework nist-800-53-r", ["nist-800-53-r4", "nist-800-53-r5"]),
        ("scan --auth mana", ["managed-identity"]),
        ("emulate --tenant sp", ["spotless"]),
        ("regions --account westus3", ["westus3"]),
    ],
)
def test_what_a_command_knows_is_offered(tab, line, offered):
    assert tab(line) == offered


def test_a_list_is_gone_on_with_what_it_lacks():
    assert "html,html" not in completion.formats("html,")
    assert "html,json" in completion.formats("html,")
    assert completion.formats("html,nothing") == []


def test_a_settings_file_with_a_mistake_does_not_stand_in_the_way(tab, tmp_path):
    (tmp_path / "here" / "hwaudit.toml").write_text("no settings")
    assert tab("scan --auth mana") == ["managed-identity"]


def test_a_home_that_cannot_be_written_is_told_with_what_to_do_instead(hwaudit, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "file" / "home"))
    monkeypatch.setattr("shellingham.detect_shell", lambda *_, **__: ("bash", "/bin/bash"))
    end = hwaudit("--install-completion")
    assert end.code == 4
    assert end.err.startswith("hwaudit: cannot install the completion (")
    assert end.err.endswith("): --show-completion prints it\n")
