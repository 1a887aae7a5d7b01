"""Writes an HTML page, and its figures as JSON, on which a person bases the decision on a release: `make rapport`.

It runs the trained model of `models/` on texts that neither the encoder nor a head was fitted on: those of the held-out
writers of the training data, the frozen collection, and a case file. The page shows missed texts in full, so keep it
out of git.
Usage: python -m tools.evaluation.report [--cases CASES.jsonl] [--model MODEL.tar.gz] [--out results/rapport.html]
"""

from __future__ import annotations

import argparse
import html
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from tqdm import tqdm  # noqa: E402

from tools.evaluation.examples import REPOSITORY, DataError, Example, read_cases, read_examples  # noqa: E402
from tools.evaluation.loaded_model import LoadedModel, newest_model  # noqa: E402
from weerbaar.nlu.severity import LEVELS, at_least, level_of_parse_data  # noqa: E402
from weerbaar.nlu.writers import HELD_OUT  # noqa: E402

GRAVE = ("ernstig", "acuut", "suicidaal")
FALLBACK = "nlu_fallback"
LENGTHS = ((3, "1 tot 3 woorden"), (10, "4 tot 10 woorden"), (30, "11 tot 30 woorden"), (10**6, "meer dan 30 woorden"))
COLLECTION = REPOSITORY / "tools" / "evaluation" / "frozen"


@dataclass(frozen=True)
class Prediction:
    """The judgement of the model on one example.

    Attributes:
        example: the example.
        level: the severity that the policies see.
        intent: the intent that the policies see; `nlu_fallback` when the model is unsure.
        guess: the likeliest intent, regardless of its confidence.
        confidence: the confidence of `guess`, 0 to 1.
        grave: the model's probability that the whole text is serious, 0 to 1; NaN when no model judged.
        reasons: which parts of the judgement led to the level.
    """

    example: Example
    level: str
    intent: str
    guess: str
    confidence: float
    grave: float
    reasons: tuple[str, ...]

    @property
    def expected_grave(self) -> bool:
        """Whether every reader finds the example at least `ernstig`."""
        return all(at_least(level, "ernstig") for level in (self.example.ernst, *self.example.ook))

    @property
    def expected_calm(self) -> bool:
        """Whether every reader finds the example calm."""
        return all(level == "geen" for level in (self.example.ernst, *self.example.ook))

    @property
    def alarm(self) -> bool:
        """Whether the model judges the example at least `ernstig`."""
        return at_least(self.level, "ernstig")


def predict(model: LoadedModel, examples: Sequence[Example]) -> list[Prediction]:
    """Returns the predictions of `model` for the examples, in order."""
    return [_prediction(example, model.parse(example.text)) for example in tqdm(examples, unit="text", mininterval=2)]


def _prediction(example: Example, parse_data: Mapping[str, Any]) -> Prediction:
    ranking = [entry for entry in parse_data.get("intent_ranking") or [] if entry.get("name") != FALLBACK]
    guess = ranking[0] if ranking else {"name": "", "confidence": 0.0}
    judgement = parse_data.get("ernst") or {}
    probabilities = judgement.get("probabilities") or {}
    grave = sum(probabilities[level] for level in GRAVE) if probabilities else float("nan")
    intent = (parse_data.get("intent") or {}).get("name") or ""
    return Prediction(
        example,
        level_of_parse_data(parse_data),
        intent,
        guess["name"] or "",
        float(guess["confidence"]),
        grave,
        tuple(judgement.get("reasons") or ()),
    )


# Figures.


def wilson(good: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Returns the Wilson interval of the share `good / n`, by default of 95 %."""
    if not n:
        return 0.0, 1.0
    share = good / n
    centre, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float((centre - half) / (1 + z * z / n)), float((centre + half) / (1 + z * z / n))


def shares(predictions: Sequence[Prediction]) -> list[tuple[str, int, int]]:
    """Returns (name, good, total) for each measure at the head of a section."""

    def of(level: str) -> list[Prediction]:
        return [p for p in predictions if p.example.ernst == level]

    grave, calm = [p for p in predictions if p.expected_grave], [p for p in predictions if p.expected_calm]
    return [
        ("Ernstige berichten (ernstig, acuut, suicidaal) als ernstig herkend", sum(p.alarm for p in grave), len(grave)),
        ("Acuut herkend als acuut", sum(p.level in ("acuut", *p.example.ook) for p in of("acuut")), len(of("acuut"))),
        (
            "Suicidaal herkend als suicidaal",
            sum(p.level in ("suicidaal", *p.example.ook) for p in of("suicidaal")),
            len(of("suicidaal")),
        ),
        (
            "Zorg: nummer aangeboden (zorg of erger)",
            sum(p.level != "geen" or "geen" in p.example.ook for p in of("zorg")),
            len(of("zorg")),
        ),
        ("Ernstige berichten met het nummer (zorg of erger)", sum(p.level != "geen" for p in grave), len(grave)),
        ("Rustige berichten zonder vals alarm", sum(not p.alarm for p in calm), len(calm)),
        ("Rustige berichten zonder 112 of 113", sum(p.level not in ("acuut", "suicidaal") for p in calm), len(calm)),
        ("Juiste intentie (waarschijnlijkste)", sum(p.example.accepts(p.guess) for p in predictions), len(predictions)),
        ("Niet 'niet begrepen'", sum(p.intent != FALLBACK for p in predictions), len(predictions)),
    ]


def curve(predictions: Sequence[Prediction], attribute: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns (false-alarm rate, recall) at every threshold on `attribute`, both ascending, shape (points,)."""
    scores = np.nan_to_num([getattr(p, attribute) for p in predictions])
    grave = np.array([p.expected_grave for p in predictions])
    calm = np.array([p.expected_calm for p in predictions])
    thresholds = np.unique(scores)[::-1]

    # Counts the scores at or above each threshold.
    def rate(some: np.ndarray) -> np.ndarray:
        ordered = np.sort(scores[some])
        return 1 - np.searchsorted(ordered, thresholds, side="left") / max(len(ordered), 1)

    return rate(calm), rate(grave)


def part_of(reason: str) -> str:
    """Returns the part of the judgement that gave a reason, without the name of a pattern."""
    return "patroon" if reason.startswith("patroon") else reason


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


def percent(good: int, n: int) -> str:
    """Returns the share `good / n` as a percentage, or a dash when `n` is 0."""
    return f"{100 * good / n:.1f} %" if n else "–"


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


def section(title: str, about: str, predictions: Sequence[Prediction]) -> str:
    """Returns the section of the page about one set of predictions."""
    figures = [
        (name, f"{good} / {n}", percent(good, n), "{:.1f} – {:.1f} %".format(*(100 * x for x in wilson(good, n))))
        for name, good, n in shares(predictions)
    ]
    wrong = Counter((p.example.intent, p.guess or "geen") for p in predictions if not p.example.accepts(p.guess))
    missed = [p for p in predictions if p.expected_grave and not p.alarm]
    understated = [
        p
        for p in predictions
        if p.example.ernst in ("acuut", "suicidaal") and p.alarm and p.level not in (p.example.ernst, *p.example.ook)
    ]
    care = [p for p in predictions if p.example.ernst == "zorg"]
    unnoticed = [p for p in care if p.level == "geen" and "geen" not in p.example.ook]
    false_alarms = [p for p in predictions if p.expected_calm and p.alarm]
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
        table(["is", "voorspeld", "keer"], [(*pair, count) for pair, count in wrong.most_common(25)]),
        "<h3>Wat is gemist, voluit</h3>",
        listing("Ernstig, maar niet als ernstig beoordeeld", missed, True),
        listing("Acuut of suicidaal, maar als iets anders ernstigs beoordeeld", understated, False),
        listing("Zorg, maar als rustig beoordeeld", unnoticed, False),
        listing("Vals alarm: rustig, maar als ernstig beoordeeld", false_alarms, False),
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


def commit() -> str:
    """Returns the commit of the repository, with a plus if files differ from it, or 'onbekend' without git."""
    try:
        asked = ["git", "describe", "--always", "--dirty=+"]
        said = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    except OSError:
        return "onbekend"
    return said.stdout.strip() or "onbekend"


def say(text: str) -> None:
    """Prints a progress line with the time on stderr."""
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def figures_of(predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Returns the figures of one set of predictions in a form that JSON can hold."""
    return {
        "maten": {name: {"goed": good, "van": n} for name, good, n in shares(predictions)},
        "vals alarm naar soort": {
            kind: {"alarm": sum(p.alarm for p in own), "van": len(own)}
            for kind in sorted({p.example.kind for p in predictions} - {""})
            for own in [[p for p in predictions if p.example.kind == kind and p.expected_calm]]
        },
    }


def read_collection() -> list[Example]:
    """Returns the frozen collection: grave messages and calm texts of every kind, never trained on."""
    return [example for path in sorted(COLLECTION.glob("*.jsonl")) for example in read_cases(path)]


def build(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Measures the model; returns the page and its figures.

    Raises:
        DataError, RuntimeError, OSError: the model or the data is missing or cannot be used.
    """
    path = options.model or newest_model()
    model, sections, figures = LoadedModel(path), [], {}
    examples = read_examples()
    sets = [
        (
            "Achtergehouden schrijvers",
            "Geen model las iets van hen; de drempels zijn op hen gekozen.",
            [example for example in examples if example.bron in HELD_OUT],
        ),
        ("Vaste verzameling", "Apart geschreven, nooit op getraind en geen drempel op gekozen.", read_collection()),
    ]
    if options.cases:
        sets.append((f"Zaken: {options.cases.name}", "Berichten die niet van ons zijn.", read_cases(options.cases)))
    for title, about, cases in sets:
        say(f"{title}: {len(cases)} texts")
        found = predict(model, cases)
        sections.append(section(title, f"{len(cases)} berichten. {about}", found))
        figures[title] = figures_of(found)
        for name, good, n in shares(found):
            say(f"  {name}: {good}/{n} {percent(good, n)}")
    facts = {
        "gemaakt": f"{datetime.now():%d-%m-%Y %H:%M}",
        "versie": commit(),
        "model": path.name,
        "voorbeelden": f"{len(examples)}, van {len({e.bron for e in examples} - {''})} schrijvers",
    }
    return page(sections, facts), {"feiten": facts, **figures}


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the page and its figures; returns exit status 2 when that is impossible."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, help="case file (.jsonl)")
    parser.add_argument("--model", type=Path, help="another model than the newest in models/")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "results" / "rapport.html")
    options = parser.parse_args(arguments)
    try:
        text, figures = build(options)
    except (DataError, RuntimeError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    options.out.with_suffix(".json").write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
