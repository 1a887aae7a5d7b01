"""Shows predictions as sections of an HTML page, with tables and plots; the page loads nothing from elsewhere."""

from __future__ import annotations

import html
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

from tools.evaluation.predictions import (  # noqa: E402
    Prediction,
    curve,
    part_of,
    percent,
    shares,
    wilson,
)
from weerbaar.nlu.severity import LEVELS, at_least  # noqa: E402

LENGTHS = ((3, "1 tot 3 woorden"), (10, "4 tot 10 woorden"), (30, "11 tot 30 woorden"), (10**6, "meer dan 30 woorden"))

# Plots, each an inline SVG.


def svg(figure: Any) -> str:
    """Returns a figure as inline SVG, and closes it."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight")
    plt.close(figure)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def confusion_plot(predictions: Sequence[Prediction]) -> str:
    """Draws the confusion matrix of the levels."""
    counts = Counter((p.example.ernst, p.level) for p in predictions)
    table = np.array([[counts[right, found] for found in LEVELS] for right in LEVELS])
    part = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(5, 4))
    axes.imshow(part, cmap="Blues", vmin=0, vmax=1)
    for row in range(len(LEVELS)):
        for column in range(len(LEVELS)):
            axes.text(
                column,
                row,
                f"{table[row, column]}\n{100 * part[row, column]:.1f} %",
                ha="center",
                va="center",
                fontsize=8,
                color="white" if part[row, column] > 0.5 else "black",
            )
    axes.set_xticks(range(len(LEVELS)), LEVELS)
    axes.set_yticks(range(len(LEVELS)), LEVELS)
    axes.set_xlabel("beoordeeld als")
    axes.set_ylabel("is")
    return svg(figure)


def curve_plot(predictions: Sequence[Prediction]) -> str:
    """Draws recall against false alarms at every threshold on the model, and marks the judgement as a whole."""
    figure, axes = plt.subplots(figsize=(5, 4))
    false, recall = curve(predictions, "grave")
    axes.plot(100 * false, 100 * recall, drawstyle="steps-post", label="alleen het model, hele tekst")
    grave = [p.alarm for p in predictions if p.expected_grave]
    calm = [p.alarm for p in predictions if p.expected_calm]
    axes.plot(100 * np.mean(calm or [0]), 100 * np.mean(grave or [0]), "x", color="red", label="zoals beoordeeld")
    axes.set_xlim(0, 15)
    axes.set_ylim(80, 100.3)
    axes.set_xlabel("vals alarm op rustige berichten (%)")
    axes.set_ylabel("ernstige berichten gevonden (%)")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    return svg(figure)


def calibration_plot(predictions: Sequence[Prediction]) -> str:
    """Draws accuracy against confidence, for the intent and for `ernstig` or worse."""
    figure, axes = plt.subplots(figsize=(5, 4))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    judged = [p for p in predictions if not np.isnan(p.grave)]
    for label, confidences, agreements in (
        ("intentie", [p.confidence for p in predictions], [p.example.accepts(p.guess) for p in predictions]),
        ("ernstig (model)", [p.grave for p in judged], [at_least(p.example.ernst, "ernstig") for p in judged]),
    ):
        sure, right = np.array(confidences, dtype=float), np.array(agreements, dtype=float)
        place = np.minimum((sure * 10).astype(int), 9)
        bins = [one for one in range(10) if np.sum(place == one) >= 5]
        error = sum(
            abs(sure[place == one].mean() - right[place == one].mean()) * np.mean(place == one)
            for one in np.unique(place)
        )
        axes.plot(
            [sure[place == one].mean() for one in bins],
            [right[place == one].mean() for one in bins],
            "o-",
            label=f"{label}: ECE {error:.3f}",
        )
    axes.set_xlabel("zekerheid")
    axes.set_ylabel("deel dat klopt")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return svg(figure)


# The page.


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Returns an HTML table with every cell escaped."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def listing(title: str, predictions: Sequence[Prediction], opened: bool) -> str:
    """Returns a collapsible list of predictions with their texts in full, unfolded if `opened`."""
    rows = [
        (
            p.example.bron,
            p.example.name,
            p.example.ernst,
            p.level,
            "/".join(p.example.intents),
            f"{p.guess} {p.confidence:.2f}",
            f"{p.grave:.2f}",
            ", ".join(p.reasons),
            p.example.text,
        )
        for p in sorted(predictions, key=lambda p: (p.example.ernst, p.grave))
    ]
    header = ["bron", "naam", "is", "beoordeeld", "intentie", "voorspeld", "P(ernstig)", "wat afging", "tekst"]
    return (
        f"<details{' open' if opened else ''}><summary>{html.escape(title)}: {len(rows)}</summary>"
        f"{table(header, rows) if rows else ''}</details>"
    )


def rows_by(predictions: Sequence[Prediction], name: Callable[[Prediction], str]) -> list[tuple[Any, ...]]:
    """Returns a row for each name: number of messages, grave ones found, false alarms, right intents."""
    rows = []
    for one in sorted({name(p) for p in predictions} - {""}):
        own = [p for p in predictions if name(p) == one]
        grave, calm = [p for p in own if p.expected_grave], [p for p in own if p.expected_calm]
        found, right = sum(p.alarm for p in grave), sum(p.example.accepts(p.guess) for p in own)
        of_grave, of_calm = percent(found, len(grave)), percent(sum(p.alarm for p in calm), len(calm))
        rows.append((one, len(own), f"{found} / {len(grave)}", of_grave, of_calm, percent(right, len(own))))
    return rows


def length_of(prediction: Prediction) -> str:
    """Returns the length class of a prediction's text."""
    words = len(prediction.example.text.split())
    return next(name for most, name in LENGTHS if words <= most)


def confused(predictions: Sequence[Prediction]) -> list[tuple[Any, ...]]:
    """Returns the pairs of intents that the model confuses most often: what it is, the guess, how often."""
    wrong = Counter((p.example.intent, p.guess or "geen") for p in predictions if not p.example.accepts(p.guess))
    return [(*pair, count) for pair, count in wrong.most_common(25)]


def misses(predictions: Sequence[Prediction]) -> str:
    """Returns what was judged wrongly, in full."""
    missed = [p for p in predictions if p.expected_grave and not p.alarm]
    understated = [
        p
        for p in predictions
        if p.example.ernst in ("acuut", "suicidaal") and p.alarm and p.level not in (p.example.ernst, *p.example.ook)
    ]
    care = [p for p in predictions if p.example.ernst == "zorg"]
    unnoticed = [p for p in care if p.level == "geen" and "geen" not in p.example.ook]
    false_alarms = [p for p in predictions if p.expected_calm and p.alarm]
    return "\n".join(
        [
            "<h3>Wat is gemist, voluit</h3>",
            listing("Ernstig, maar niet als ernstig beoordeeld", missed, True),
            listing("Acuut of suicidaal, maar als iets anders ernstigs beoordeeld", understated, False),
            listing("Zorg, maar als rustig beoordeeld", unnoticed, False),
            listing("Vals alarm: rustig, maar als ernstig beoordeeld", false_alarms, False),
        ]
    )


def section(title: str, about: str, predictions: Sequence[Prediction]) -> str:
    """Returns the section of the page about one set of predictions."""
    figures = [
        (name, f"{good} / {n}", percent(good, n), "{:.1f} – {:.1f} %".format(*(100 * x for x in wilson(good, n))))
        for name, good, n in shares(predictions)
    ]
    fired = [{part_of(reason) for reason in p.reasons} for p in predictions if p.expected_grave and p.alarm]
    parts = Counter(part for some in fired for part in some)
    alone = Counter(next(iter(some)) for some in fired if len(some) == 1)
    by_part = [(part, count, alone[part]) for part, count in parts.most_common()]
    width = ["bron", "berichten", "ernstig gevonden", "ernstig gevonden", "vals alarm", "juiste intentie"]
    plots = (
        (confusion_plot(predictions), "Ernst: wat het is, en hoe het is beoordeeld."),
        (curve_plot(predictions), "Gevonden tegen vals alarm, bij elke drempel op het model."),
        (calibration_plot(predictions), "Zekerheid tegen juistheid; op de lijn is goed."),
    )
    lines = [
        f"<h2>{html.escape(title)}</h2><p>{html.escape(about)}</p>",
        table(["maat", "goed / van", "deel", "95 %-interval"], figures),
        "<div class=plots>",
        *(f"<figure>{plot}<figcaption>{caption}</figcaption></figure>" for plot, caption in plots),
        "</div>",
        "<h3>Welk onderdeel vond de ernstige berichten</h3>",
        table(["onderdeel", "ging af", "als enige"], by_part),
        "<h3>Per bron of schrijver</h3>",
        table(width, rows_by(predictions, lambda p: p.example.bron)),
        "<h3>Rustige tekst naar soort</h3>",
        table(["soort", *width[1:]], rows_by(predictions, lambda p: p.example.kind)),
        "<h3>Naar lengte</h3>",
        table(["lengte", *width[1:]], rows_by(predictions, length_of)),
        "<h3>Intenties die het vaakst worden verwisseld</h3>",
        table(["is", "voorspeld", "keer"], confused(predictions)),
        misses(predictions),
    ]
    return "\n".join(lines)


STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: .6em 0 } th, td { border: 1px solid #ccc; padding: .25em .6em;
text-align: left; vertical-align: top } th { background: #f0f3f7 } .plots { display: flex; flex-wrap: wrap; gap: 1em }
figure { margin: 0 } figcaption { font-size: 13px; color: #555 } summary { cursor: pointer; margin: .5em 0 }
details td:last-child { min-width: 24em } svg { max-width: 100% }
"""


def page(sections: Sequence[str], facts: Mapping[str, str]) -> str:
    """Returns the whole page, which loads nothing from elsewhere."""
    rows = "".join(f"<li>{html.escape(name)}: {html.escape(value)}</li>" for name, value in facts.items())
    return (
        "<!doctype html><html lang=nl><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Kwaliteitsrapport</title><style>{STYLE}</style><h1>Kwaliteitsrapport</h1><ul>{rows}</ul>"
        "<p>Gemeten met het getrainde model, op teksten waarop niets is gepast dan drempels. "
        "Deze pagina bevat berichten voluit: deel haar niet.</p>" + "\n".join(sections) + "</html>"
    )
