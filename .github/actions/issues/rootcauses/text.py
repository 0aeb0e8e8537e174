"""Titles, bodies and comments: no name of a tenant is a mention, a reference, a link, HTML or a marker in them.

The rule is that of hwaudit's own Markdown: every word that could be more than a word stands in a code span.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rootcauses.report import Acceptance, Cause, Finding, Hurt

MOST_TITLE = 200
MOST_BODY = 65_000
"""Characters of a body with its memory, which may grow by a few: GitHub takes 65,536."""
MOST_TEXT = 50_000
"""Characters of a body without its memory."""

_MOST_FACTS, _MOST_STEPS, _MOST_EFFECTS, _MOST_HURTS = 10, 12, 25, 5
_MOST_WORDS = 1_500
_PLAIN_WORD = re.compile(r"\(?(?:[A-Za-z]+(?:'s)?|\d{1,6}%?|\d{4}-\d\d-\d\d)\)?[,.;:]?\)?")
_CLOSING = ",.;:)"
_BACKTICKS = re.compile("`+")


def plain(text: str) -> str:
    """The text on one line of Markdown, cut where it is very long."""
    return " ".join(map(_word, _visible(_cut(text)).split()))


def code(text: str) -> str:
    """The text as a code span; what could begin or end an HTML comment is spelled out."""
    shown = _visible(_cut(text)).replace("<!--", r"\x3c!--").replace("-->", r"--\x3e")
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    pad = " " if shown[:1] in {"`", " "} or shown[-1:] in {"`", " "} else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown else ""


def title_of(cause: Cause) -> str:
    """Severity, check and subject; in a title GitHub knows code spans and no other markup."""
    subject = _visible(cause.finding.name).replace("`", r"\x60")
    title = f"{cause.severity}: {cause.finding.check}: `{subject}`"
    return title if len(title) <= MOST_TITLE else f"{title[: MOST_TITLE - 2]}…`"


def body_of(cause: Cause, explained_by: Finding | None, room: int = MOST_TEXT) -> str:
    """What is wrong, what it hurts, what to do and what it explains, without the memory and the run.

    A part that does not fit into the room is left out.
    """
    finding = cause.finding
    parts = (
        f"**{cause.severity}** {code(finding.check)}: {plain(finding.message)}",
        f"It is explained now by {code(explained_by.check)}: {plain(explained_by.message)}" if explained_by else "",
        f"Its own risk is accepted {_acceptance(finding.acceptance)}." if finding.acceptance else "",
        _section("What it hurts", [_hurt(hurt) for hurt in cause.hurts], _MOST_HURTS),
        _section("What to do", [_step(step) for step in finding.steps], _MOST_STEPS),
        _section("What it explains", [_effect(effect) for effect in cause.explains], _MOST_EFFECTS),
        _section("Evidence", [_fact(*fact) for fact in finding.facts], _MOST_FACTS),
        f"Subject: {code(finding.subject)}",
        f"In the HTML report: {code(f'#f-{finding.fingerprint}')}",
    )
    text = ""
    for part in filter(None, parts):
        if len(text) + len(part) + 2 <= min(room, MOST_TEXT):
            text += f"{part}\n\n"
    return text


def foot(run: str, scanned: str) -> str:
    """Where a text comes from; `run` is the address of a run, empty outside GitHub Actions."""
    link = f", [written by this run]({run})" if run else ""
    told = f"As of the scan that ended at {scanned}{link}."
    return f"---\n\n{told} hwaudit keeps this text up to date: comments stay, and what is written here does not.\n"


# -- comments ---------------------------------------------------------------------------------------------------------


def of_fixed(scanned: str, baseline: str | None) -> str:
    """Why an issue is closed as fixed; without a baseline that has it, the report alone proved it."""
    if baseline is not None:
        return f"Fixed: the scan that ended at {scanned} looked where {code(baseline)} has it, and it is gone."
    return f"Fixed: its check judged everything in the scan that ended at {scanned}, and it is gone."


def of_unseen(because: str) -> str:
    """Why an issue stays open although the report lacks its cause."""
    return (
        f"The last scan could not tell whether this is still there: {plain(because)}.\n\n"
        "The issue stays open until its cause is proven to be gone. This is said once."
    )


def of_accepted(cause: Cause) -> str:
    """Why an issue is closed as not planned: who took on the risk."""
    risks = dict.fromkeys(each.acceptance for each in (cause.finding, *cause.explains) if each.acceptance)
    told = "\n".join(f"* {_acceptance(risk)}" for risk in list(risks)[:_MOST_EFFECTS])
    return f"The risk is accepted in the settings of hwaudit:\n\n{told}\n\nThe issue opens again when that ends."


def of_return(status: str) -> str:
    """Why an issue is open again, by what it was closed for."""
    return {
        "fixed": "It is back: the last scan found it again.",
        "accepted": "The risk is not accepted any longer, and the last scan found it.",
    }.get(status, "The last scan still finds it. To keep it closed, accept the risk in the settings of hwaudit.")


def of_severity(before: str, now: str) -> str:
    """A severity that is another one."""
    return f"Its severity was {before}, and is {now} now."


def of_explained(by: Finding) -> str:
    """A cause that has a cause itself now."""
    return f"It is still there, and explained by another cause now: {code(by.check)}, {plain(by.message)}"


# -- parts ------------------------------------------------------------------------------------------------------------


def _acceptance(risk: Acceptance) -> str:
    ticket = f", {code(risk.ticket)}" if risk.ticket else ""
    return f"by {plain(risk.owner)} until {plain(risk.expires)}{ticket}: {plain(risk.reason)}"


def _section(title: str, lines: Sequence[str], most: int) -> str:
    if not lines:
        return ""
    rest = [f"* and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join((f"### {title}", "", *lines[:most], *rest))


def _hurt(hurt: Hurt) -> str:
    runs = f", next at {plain(hurt.next_run)}" if hurt.next_run else ""
    return (
        f"* the group {code(hurt.group)}: {_counted(hurt.runbooks, 'runbook')}, {_counted(hurt.starts, 'start')}{runs}"
    )


def _step(step: str) -> str:
    words, _, command = step.partition("\n")
    return f"* {plain(words)} {code(command)}" if command else f"* {plain(words)}"


def _effect(effect: Finding) -> str:
    risk = " (accepted)" if effect.acceptance else ""
    return f"* **{effect.severity}** {code(effect.check)}: {plain(effect.message)}{risk}"


def _fact(name: str, value: str) -> str:
    return f"* {plain(name.replace('_', ' '))}: {code(value) or 'empty'}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _word(word: str) -> str:
    if _PLAIN_WORD.fullmatch(word):
        return word
    core = word.rstrip(_CLOSING)
    return f"{code(core)}{word[len(core) :]}"


def _visible(text: str) -> str:
    r"""Control, bidi, zero-width and other characters that do not print, as an escape such as `\u202e`."""
    return text if text.isprintable() else "".join(map(_spelled, text))


def _spelled(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}…"
