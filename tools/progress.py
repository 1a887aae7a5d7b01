"""Shows how far long work is: a bar on a terminal, and elsewhere a line every now and then."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, TextIO, TypeVar

Item = TypeVar("Item")

# Without a terminal, at most one line in this many seconds; on one, the bar is drawn at most this often.
SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_BARS = 20.0, 0.1
BAR = "{desc} {percentage:3.0f}% |{bar:16}| {n_fmt}/{total_fmt} {unit}, {elapsed} gone{postfix}"
# When every step takes about as long, the time that is left can be told.
STEADY_BAR = BAR.replace(" gone", " gone, {remaining} left")
COUNT = "{desc} {n_fmt} {unit}, {elapsed} gone{postfix}"


class Progress:
    """The progress of one task; used as a context manager, so that the last state is shown when the task ends.

    With the environment variable `CI` set, or when the output is no terminal, it writes whole lines and nothing else:
    none in the first `SECONDS_BETWEEN_LINES`, so that short work is silent.
    """

    def __init__(
        self, task: str, total: int | None = None, unit: str = "steps", steady: bool = True, done: int = 0
    ) -> None:
        """Begins a task.

        Args:
            task: what is done, as the start of a line: `train: examples`.
            total: the number of steps, or None when it is not known.
            unit: what a step is, in the plural.
            steady: whether the steps take about as long, so that the time left can be told from those done.
            done: the steps that an earlier run did.
        """
        self.task, self.total, self.unit, self.steady = task, total, unit, steady
        self.done, self.doing, self.done_before = done, "", done
        self._begun = self._shown = time.monotonic()
        self._lines = False
        self._bar = bar(self) if is_terminal(sys.stderr) else None

    def __enter__(self) -> Progress:
        """Returns the progress itself."""
        return self

    def __exit__(self, *_: Any) -> None:
        """Shows the last state."""
        self.close()

    def step(self, doing: str = "", by: int = 1) -> None:
        """Counts steps as done; `doing` says in a few words what is done now."""
        self.show(self.done + by, doing)

    def show(self, done: int, doing: str = "", total: int | None = None) -> None:
        """Shows how many steps are done and, in a few words, what is done now; `total` replaces that of the start."""
        self.done, self.doing, self.total = done, doing, total or self.total
        self.refresh()

    def refresh(self) -> None:
        """Shows the state anew, unless that was done a moment ago; also for the time that passes in a long step."""
        wait = SECONDS_BETWEEN_LINES if self._bar is None else SECONDS_BETWEEN_BARS
        if time.monotonic() - self._shown >= wait:
            self._show()

    def close(self) -> None:
        """Shows the last state and ends the bar; without a terminal, only when a line was written before."""
        self.doing = ""
        if self._bar is not None:
            self._show()
            self._bar.close()
        elif self._lines:
            self._show()

    def _show(self) -> None:
        self._shown = time.monotonic()
        if self._bar is None:
            self._lines = True
            print(line(self, self._shown - self._begun), file=sys.stderr, flush=True)
            return
        self._bar.n, self._bar.total, self._bar.bar_format = self.done, self.total, format_of(self)
        self._bar.set_postfix_str(self.doing, refresh=False)
        self._bar.refresh()


def track(items: Sequence[Item], task: str, unit: str = "steps") -> Iterator[Item]:
    """Yields the items, and shows how many of them are done."""
    with Progress(task, len(items), unit) as progress:
        for item in items:
            yield item
            progress.step()


def write(text: str, file: TextIO | None = None) -> None:
    """Prints a line, above the bar when there is one; `file` is stdout unless it is given."""
    if is_terminal(sys.stderr):
        from tqdm import tqdm

        tqdm.write(text, file=file or sys.stdout)
    else:
        print(text, file=file or sys.stdout, flush=True)


def is_terminal(stream: TextIO) -> bool:
    """Returns whether a bar can be drawn: on a terminal, and not in continuous integration."""
    return stream.isatty() and not os.environ.get("CI")


def bar(progress: Progress) -> Any:
    """Returns the bar of tqdm for a task."""
    from tqdm import tqdm  # here, because it is needed only on a terminal and takes half a second

    columns, rows = shutil.get_terminal_size()
    return tqdm(
        desc=progress.task,
        total=progress.total,
        unit=progress.unit,
        initial=progress.done_before,
        bar_format=format_of(progress),
        ncols=columns or 80,  # a terminal that does not know its size says 0
        nrows=rows or 24,
    )


def format_of(progress: Progress) -> str:
    """Returns the form of the bar, in the words of tqdm."""
    return COUNT if not progress.total else STEADY_BAR if progress.steady else BAR


def line(progress: Progress, seconds: float) -> str:
    """Returns one line that says how far a task is, `seconds` after it began."""
    count = f"{progress.done} of {progress.total}" if progress.total else f"{progress.done}"
    parts = [f"{count} {progress.unit}", f"{clock(seconds)} gone"]
    now = progress.done - progress.done_before
    if progress.total and progress.steady and now > 0 and progress.done < progress.total:
        parts.append(f"about {clock(seconds / now * (progress.total - progress.done))} left")
    return f"{progress.task} {', '.join([*parts, *([progress.doing] if progress.doing else [])])}"


def clock(seconds: float) -> str:
    """Returns a duration as minutes and seconds, `3:05`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
