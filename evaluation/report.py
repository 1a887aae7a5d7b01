"""Writes one HTML page by which a person decides on a release: `make rapport`.

It measures the real pipeline of config.yml, as Rasa trains and loads it: on our own data, each example judged by a
model that saw nothing of its writer; and on a case file. The page holds the missed texts: keep it out of git.
Usage: python -m evaluation.report [--cases CASES.jsonl] [--model MODEL.tar.gz] [--out results/rapport.html]
"""
from __future__ import annotations

import argparse
import copy
import html
import io
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Iterator, List, Mapping, Optional, Sequence, Tuple

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

from components.severity import LEVELS, at_least, level_of_parse_data  # noqa: E402
from components.severity_classifier import SeverityClassifier  # noqa: E402
from evaluation.examples import (  # noqa: E402
    REPOSITORY,
    DataError,
    Example,
    examples_of_blocks,
    folds_by_source,
    read_blocks,
    read_cases,
)
from evaluation.rasa_models import LoadedModel, shipped_config, train  # noqa: E402

GRAVE = ("ernstig", "acuut", "suicidaal")
FALLBACK = "nlu_fallback"
OTHER_THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
# The thresholds at which the whole judgement is made again, for the curve.
CURVE = (*OTHER_THRESHOLDS, *np.geomspace(0.01, 0.95, 40).round(4))


@dataclass(frozen=True)
class Prediction:
    """What the shipped pipeline made of one example.

    Attributes:
        example: the example.
        level: the severity that the policies see.
        intent: the intent that the policies see; `nlu_fallback` when unsure.
        guess: the likeliest intent, whatever its confidence.
        confidence: of `guess`, 0 to 1.
        grave: the model's probability that the whole text is serious, 0 to 1; NaN when no model judged.
        score: the highest threshold `grave`, of those tried, at which the whole judgement (with the sentences, the
            patterns and the intent) still is serious; 0 when at none.
        reasons: which parts fired.
    """

    example: Example
    level: str
    intent: str
    guess: str
    confidence: float
    grave: float
    score: float
    reasons: Tuple[str, ...]

    @property
    def expected_grave(self) -> bool:
        """Says whether every reader finds the example at least `ernstig`."""
        return all(at_least(level, "ernstig") for level in (self.example.ernst, *self.example.ook))

    @property
    def expected_calm(self) -> bool:
        """Says whether every reader finds the example calm."""
        return all(level == "geen" for level in (self.example.ernst, *self.example.ook))

    @property
    def alarm(self) -> bool:
        """Says whether it was judged at least `ernstig`."""
        return at_least(self.level, "ernstig")


# Predicting.


def predict(model: LoadedModel, examples: Sequence[Example]) -> List[Prediction]:
    """Returns what `model` makes of the examples; raises DataError when it has no SeverityClassifier as we know it."""
    judge = severity_part(model)
    remembered = Remembered(judge._model.probabilities)
    judges = [(one, with_threshold(judge, one, remembered)) for one in sorted({*CURVE, threshold_of(model)})]
    messages = model.messages([example.text for example in examples])
    return [_prediction(example, message, judges) for example, message in zip(examples, messages)]


def severity_part(model: LoadedModel) -> SeverityClassifier:
    """Returns the trained SeverityClassifier in the model; raises DataError when there is none as we know it."""
    judge = model.component(SeverityClassifier)
    if judge is None or "grave" not in getattr(getattr(judge, "_model", None), "thresholds", {}):
        raise DataError("the model has no SeverityClassifier with a threshold `grave`: train again")
    return judge


def threshold_of(model: LoadedModel) -> float:
    """Returns the threshold `grave` that was fitted in training."""
    return float(severity_part(model)._model.thresholds["grave"])


class Remembered:
    """The probabilities of the model, which no threshold changes, computed once for the features of one message."""

    def __init__(self, compute: Callable[[Any], np.ndarray]) -> None:
        """Takes the function to remember the results of."""
        self._compute, self._known = compute, {}

    def __call__(self, features: Any) -> np.ndarray:
        """Returns the probabilities, shape (rows, levels)."""
        key = (features.indptr.tobytes(), features.indices.tobytes(), features.data.tobytes())
        if key not in self._known:
            if len(self._known) > 3:
                self._known.clear()
            self._known[key] = self._compute(features)
        return self._known[key]


def with_threshold(judge: SeverityClassifier, threshold: float, probabilities: Remembered) -> SeverityClassifier:
    """Returns the same component with another threshold `grave`."""
    other = copy.copy(judge)
    other._model = copy.copy(judge._model)
    other._model.probabilities = probabilities
    other._model.thresholds = {**judge._model.thresholds, "grave": threshold}
    return other


def highest_threshold(message: Any, judges: Sequence[Tuple[float, SeverityClassifier]]) -> float:
    """Returns the highest threshold at which the message is judged serious, by bisection; 0 when at none.

    `judges` has a component for each threshold, rising: a higher threshold never makes a judgement more serious.
    """
    low, high = 0, len(judges)
    while low < high:
        middle = (low + high) // 2
        if at_least(judges[middle][1].judge(message, message.get("text")).level, "ernstig"):
            low = middle + 1
        else:
            high = middle
    return judges[low - 1][0] if low else 0.0


def _prediction(
    example: Example, message: Any, judges: Sequence[Tuple[float, SeverityClassifier]]
) -> Prediction:
    parse_data = message.as_dict(only_output_properties=True)
    ranking = [entry for entry in parse_data.get("intent_ranking") or [] if entry.get("name") != FALLBACK]
    guess = ranking[0] if ranking else {"name": "", "confidence": 0.0}
    judgement = parse_data.get("ernst") or {}
    probabilities = judgement.get("probabilities") or {}
    grave = sum(probabilities[level] for level in GRAVE) if probabilities else float("nan")
    score = 0.0
    if example.text.strip():
        # The judgement came before the fallback: give it the intent it saw.
        message.set("intent", guess)
        score = highest_threshold(message, judges)
    intent = (parse_data.get("intent") or {}).get("name") or ""
    return Prediction(
        example, level_of_parse_data(parse_data), intent, guess["name"] or "", float(guess["confidence"]), grave, score,
        tuple(judgement.get("reasons") or ()),
    )


def predict_left_out(
    config: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]], folds: int
) -> Tuple[List[Prediction], float]:
    """Trains the real pipeline without some sources and judges those; returns predictions and the mean threshold."""
    predictions, thresholds = [], []
    one_each = [{**block, "examples": f"- {text}"} for block in blocks if "intent" in block for text in _lines(block)]
    others = [block for block in blocks if "intent" not in block]
    examples = examples_of_blocks(one_each)
    for number, (train_on, test_on) in enumerate(folds_by_source(examples, folds), 1):
        held_out = [examples[i] for i in test_on]
        say(f"fold {number}: trains without {', '.join(sorted({example.bron for example in held_out}))}")
        with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
            model = LoadedModel(train(config, [*(one_each[i] for i in train_on), *others], Path(folder)))
            predictions += predict(model, held_out)
            thresholds.append(threshold_of(model))
    return predictions, float(np.mean(thresholds))


def _lines(block: Mapping[str, Any]) -> Iterator[str]:
    return (line[2:].strip() for line in block["examples"].splitlines() if line.strip())


# Figures.


def wilson(good: int, n: int, z: float = 1.96) -> Tuple[float, float]:
    """Returns the 95 % interval of a share."""
    if not n:
        return 0.0, 1.0
    share = good / n
    centre, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float((centre - half) / (1 + z * z / n)), float((centre + half) / (1 + z * z / n))


def shares(predictions: Sequence[Prediction]) -> List[Tuple[str, int, int]]:
    """Returns (name, good, of how many) for the figures at the head of a section."""
    def of(level: str) -> List[Prediction]:
        return [p for p in predictions if p.example.ernst == level]

    grave, calm = [p for p in predictions if p.expected_grave], [p for p in predictions if p.expected_calm]
    return [
        ("Ernstige berichten (ernstig, acuut, suicidaal) als ernstig herkend", sum(p.alarm for p in grave), len(grave)),
        ("Acuut herkend als acuut", sum(p.level in ("acuut", *p.example.ook) for p in of("acuut")), len(of("acuut"))),
        ("Suicidaal herkend als suicidaal", sum(p.level in ("suicidaal", *p.example.ook) for p in of("suicidaal")),
         len(of("suicidaal"))),
        ("Zorg: nummer aangeboden (zorg of erger)",
         sum(p.level != "geen" or "geen" in p.example.ook for p in of("zorg")), len(of("zorg"))),
        ("Rustige berichten zonder vals alarm", sum(not p.alarm for p in calm), len(calm)),
        ("Rustige berichten zonder 112 of 113", sum(p.level not in ("acuut", "suicidaal") for p in calm), len(calm)),
        ("Juiste intentie (waarschijnlijkste)", sum(p.example.accepts(p.guess) for p in predictions), len(predictions)),
        ("Niet 'niet begrepen'", sum(p.intent != FALLBACK for p in predictions), len(predictions)),
    ]


def curve(predictions: Sequence[Prediction], attribute: str) -> Tuple[np.ndarray, np.ndarray]:
    """Returns (false-alarm rate, recall) at every threshold on `attribute`, both rising, shape (points,)."""
    scores = np.nan_to_num([getattr(p, attribute) for p in predictions])
    grave = np.array([p.expected_grave for p in predictions])
    calm = np.array([p.expected_calm for p in predictions])
    thresholds = np.unique(scores)[::-1]
    # searchsorted on sorted scores: how many are at or above each threshold.
    def rate(some: np.ndarray) -> np.ndarray:
        ordered = np.sort(scores[some])
        return 1 - np.searchsorted(ordered, thresholds, side="left") / max(len(ordered), 1)

    return rate(calm), rate(grave)


def operating_points(
    predictions: Sequence[Prediction], thresholds: Sequence[float]
) -> List[Tuple[float, float, float]]:
    """Returns (threshold, recall, false-alarm rate) of the whole judgement at each threshold."""
    grave = np.array([p.score for p in predictions if p.expected_grave] or [np.nan])
    calm = np.array([p.score for p in predictions if p.expected_calm] or [np.nan])
    return [(one, float(np.mean(grave >= one)), float(np.mean(calm >= one))) for one in thresholds]


def part_of(reason: str) -> str:
    """Returns which part of the judgement gave the reason, without the name of the pattern."""
    return "patroon" if reason.startswith("patroon") else reason


# Plots, each an inline SVG.


def svg(figure: Any) -> str:
    """Returns the figure as SVG text for in the page, and closes it."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight")
    plt.close(figure)
    text = buffer.getvalue()
    return text[text.index("<svg"):]


def confusion_plot(predictions: Sequence[Prediction]) -> str:
    """Draws how often each level was judged as each."""
    counts = Counter((p.example.ernst, p.level) for p in predictions)
    table = np.array([[counts[right, found] for found in LEVELS] for right in LEVELS])
    part = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(5, 4))
    axes.imshow(part, cmap="Blues", vmin=0, vmax=1)
    for row in range(len(LEVELS)):
        for column in range(len(LEVELS)):
            axes.text(column, row, f"{table[row, column]}\n{100 * part[row, column]:.1f} %", ha="center", va="center",
                      fontsize=8, color="white" if part[row, column] > 0.5 else "black")
    axes.set_xticks(range(len(LEVELS)), LEVELS)
    axes.set_yticks(range(len(LEVELS)), LEVELS)
    axes.set_xlabel("beoordeeld als")
    axes.set_ylabel("is")
    return svg(figure)


def curve_plot(predictions: Sequence[Prediction], threshold: float) -> str:
    """Draws recall against false alarms, for the model alone and for the whole judgement, with the shipped point."""
    figure, axes = plt.subplots(figsize=(5, 4))
    for attribute, label in (("grave", "alleen het model, hele tekst"), ("score", "het hele oordeel")):
        false, recall = curve(predictions, attribute)
        axes.plot(100 * false, 100 * recall, drawstyle="steps-post", label=label)
    _, recall, false = operating_points(predictions, [threshold])[0]
    axes.plot(100 * false, 100 * recall, "o", color="black", label=f"gekozen drempel {threshold:.2f}")
    grave = [p.alarm for p in predictions if p.expected_grave]
    calm = [p.alarm for p in predictions if p.expected_calm]
    axes.plot(100 * np.mean(calm or [0]), 100 * np.mean(grave or [0]), "x", color="red", label="zoals beoordeeld")
    axes.set_xlim(0, 25)
    axes.set_ylim(80, 100.3)
    axes.set_xlabel("vals alarm op rustige berichten (%)")
    axes.set_ylabel("ernstige berichten gevonden (%)")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    return svg(figure)


def calibration_plot(predictions: Sequence[Prediction]) -> str:
    """Draws how often it is right against how sure it is, for the intent and for `serious or not`."""
    figure, axes = plt.subplots(figsize=(5, 4))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    judged = [p for p in predictions if not np.isnan(p.grave)]
    for label, sure, right in (
        ("intentie", [p.confidence for p in predictions], [p.example.accepts(p.guess) for p in predictions]),
        ("ernstig (model)", [p.grave for p in judged], [at_least(p.example.ernst, "ernstig") for p in judged]),
    ):
        sure, right = np.array(sure, dtype=float), np.array(right, dtype=float)
        place = np.minimum((sure * 10).astype(int), 9)
        bins = [one for one in range(10) if np.sum(place == one) >= 5]
        error = sum(abs(sure[place == one].mean() - right[place == one].mean()) * np.mean(place == one)
                    for one in np.unique(place))
        axes.plot([sure[place == one].mean() for one in bins], [right[place == one].mean() for one in bins], "o-",
                  label=f"{label}: ECE {error:.3f}")
    axes.set_xlabel("zekerheid")
    axes.set_ylabel("deel dat klopt")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return svg(figure)


# The page.


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Returns an HTML table; every cell is escaped."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def percent(good: int, n: int) -> str:
    """Returns a share as text, a dash when there is nothing to count."""
    return f"{100 * good / n:.1f} %" if n else "–"


def listing(title: str, predictions: Sequence[Prediction], opened: bool) -> str:
    """Returns a list of predictions with their texts in full."""
    rows = [
        (p.example.bron, p.example.name, p.example.ernst, p.level, "/".join(p.example.intents),
         f"{p.guess} {p.confidence:.2f}", f"{p.grave:.2f}", ", ".join(p.reasons), p.example.text)
        for p in sorted(predictions, key=lambda p: (p.example.ernst, p.grave))
    ]
    header = ["bron", "naam", "is", "beoordeeld", "intentie", "voorspeld", "P(ernstig)", "wat afging", "tekst"]
    return (f"<details{' open' if opened else ''}><summary>{html.escape(title)}: {len(rows)}</summary>"
            f"{table(header, rows) if rows else ''}</details>")


def source_rows(predictions: Sequence[Prediction]) -> List[Tuple[Any, ...]]:
    """Returns a row for each source: how many, serious found, false alarms, right intent."""
    rows = []
    for source in sorted({p.example.bron for p in predictions}):
        own = [p for p in predictions if p.example.bron == source]
        grave, calm = [p for p in own if p.expected_grave], [p for p in own if p.expected_calm]
        rows.append((
            source or "onbekend", len(own), f"{sum(p.alarm for p in grave)} / {len(grave)}",
            percent(sum(p.alarm for p in grave), len(grave)), percent(sum(p.alarm for p in calm), len(calm)),
            percent(sum(p.example.accepts(p.guess) for p in own), len(own)),
        ))
    return rows


def length_rows(predictions: Sequence[Prediction]) -> List[Tuple[Any, ...]]:
    """Returns the same figures by the length of the text: a kind of writer that every case file has."""
    names = {3: "1 tot 3 woorden", 10: "4 tot 10 woorden", 30: "11 tot 30 woorden", 10**6: "meer dan 30 woorden"}
    rows, low = [], 0
    for high, name in names.items():
        own = [p for p in predictions if low < max(len(p.example.text.split()), 1) <= high]
        low = high
        if own:
            merged = [_with_source(p, name) for p in own]
            rows += source_rows(merged)
    return rows


def _with_source(prediction: Prediction, source: str) -> Prediction:
    return replace(prediction, example=replace(prediction.example, bron=source))


def section(title: str, about: str, predictions: Sequence[Prediction], threshold: float) -> str:
    """Returns the part of the page about one set of predictions."""
    figures = [
        (name, f"{good} / {n}", percent(good, n), "{:.1f} – {:.1f} %".format(*(100 * x for x in wilson(good, n))))
        for name, good, n in shares(predictions)
    ]
    wrong = Counter(
        (p.example.intent, p.guess or "geen") for p in predictions if not p.example.accepts(p.guess)
    )
    points = operating_points(predictions, sorted({*OTHER_THRESHOLDS, threshold}))
    missed = [p for p in predictions if p.expected_grave and not p.alarm]
    understated = [
        p for p in predictions
        if p.example.ernst in ("acuut", "suicidaal") and p.alarm and p.level not in (p.example.ernst, *p.example.ook)
    ]
    fired = [{part_of(reason) for reason in p.reasons} for p in predictions if p.expected_grave and p.alarm]
    parts = Counter(part for some in fired for part in some)
    alone = Counter(next(iter(some)) for some in fired if len(some) == 1)
    width = ["bron", "berichten", "ernstig gevonden", "ernstig gevonden", "vals alarm", "juiste intentie"]
    return "\n".join([
        f"<h2>{html.escape(title)}</h2><p>{html.escape(about)}</p>",
        table(["maat", "goed / van", "deel", "95 %-interval"], figures),
        "<div class=plots>",
        *(f"<figure>{plot}<figcaption>{caption}</figcaption></figure>" for plot, caption in (
            (confusion_plot(predictions), "Ernst: wat het is, en hoe het is beoordeeld."),
            (curve_plot(predictions, threshold), "Gevonden tegen vals alarm, bij elke drempel op het model."),
            (calibration_plot(predictions), "Zekerheid tegen juistheid; op de lijn is goed."),
        )),
        "</div>",
        "<h3>Andere drempels</h3><p>Het hele oordeel (model, zinnen, patronen, intentie), met alleen "
        "<code>grave</code> anders.</p>",
        table(["drempel", "ernstig gevonden", "vals alarm"], [
            (f"{one:.3f}" + (" (gekozen)" if one == threshold else ""), *(f"{100 * x:.2f} %" for x in both))
            for one, *both in points
        ]),
        "<h3>Welk onderdeel vond de ernstige berichten</h3>",
        table(["onderdeel", "ging af", "als enige"], [
            (part, count, alone[part]) for part, count in parts.most_common()
        ]),
        "<h3>Per bron of schrijver</h3>", table(width, source_rows(predictions)),
        "<h3>Naar lengte</h3>", table(["lengte", *width[1:]], length_rows(predictions)),
        "<h3>Intenties die het vaakst worden verwisseld</h3>",
        table(["is", "voorspeld", "keer"], [(*pair, count) for pair, count in wrong.most_common(25)]),
        "<h3>Wat is gemist, voluit</h3>",
        listing("Ernstig, maar niet als ernstig beoordeeld", missed, True),
        listing("Acuut of suicidaal, maar als iets anders ernstigs beoordeeld", understated, False),
        listing("Zorg, maar als rustig beoordeeld", [
            p for p in predictions if p.example.ernst == "zorg" and p.level == "geen" and "geen" not in p.example.ook
        ], False),
        listing("Vals alarm: rustig, maar als ernstig beoordeeld",
                [p for p in predictions if p.expected_calm and p.alarm], False),
    ])


STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: .6em 0 } th, td { border: 1px solid #ccc; padding: .25em .6em;
text-align: left; vertical-align: top } th { background: #f0f3f7 } .plots { display: flex; flex-wrap: wrap; gap: 1em }
figure { margin: 0 } figcaption { font-size: 13px; color: #555 } summary { cursor: pointer; margin: .5em 0 }
details td:last-child { min-width: 24em } svg { max-width: 100% }
"""


def page(sections: Sequence[str], facts: Mapping[str, str]) -> str:
    """Returns the whole page; it needs nothing from outside."""
    rows = "".join(f"<li>{html.escape(name)}: {html.escape(value)}</li>" for name, value in facts.items())
    return (
        "<!doctype html><html lang=nl><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Kwaliteitsrapport</title><style>{STYLE}</style><h1>Kwaliteitsrapport</h1><ul>{rows}</ul>"
        "<p>Gemeten met de echte onderdelen en instellingen van config.yml, getraind en geladen door Rasa. "
        "Deze pagina bevat berichten voluit: deel haar niet.</p>" + "\n".join(sections) + "</html>"
    )


def commit() -> str:
    """Returns the commit of the repository, with a plus when files differ from it; 'onbekend' without git."""
    try:
        asked = ["git", "describe", "--always", "--dirty=+"]
        said = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True)
    except OSError:
        return "onbekend"
    return said.stdout.strip() or "onbekend"


def say(text: str) -> None:
    """Prints how far it is on stderr."""
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def build(options: argparse.Namespace) -> str:
    """Measures and returns the page; raises DataError, RuntimeError or OSError when something is missing."""
    config, blocks, sections = shipped_config(), read_blocks(), []
    cases = read_cases(options.cases) if options.cases else []
    examples = examples_of_blocks(blocks)
    facts = {
        "gemaakt": f"{datetime.now():%d-%m-%Y %H:%M}", "versie": commit(),
        "voorbeelden": f"{len(examples)}, van {len({e.bron for e in examples} - {''})} schrijvers",
        "onderdelen": ", ".join(str(part.get("name")).split(".")[-1] for part in config["pipeline"]),
    }
    if cases:
        with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
            path = options.model
            if path is None:
                say("trains on all our data")
                path = train(config, blocks, Path(folder))
            model = LoadedModel(path)
            found, threshold = predict(model, cases), threshold_of(model)
        facts["model voor de zaken"] = options.model.name if options.model else "nu getraind op alle voorbeelden"
        sections.append(section(
            f"Zaken: {options.cases.name}",
            f"{len(cases)} berichten die niet van ons zijn, beoordeeld door het model op al onze voorbeelden.",
            found, threshold,
        ))
        for name, good, n in shares(found):
            say(f"cases: {name}: {good}/{n} {percent(good, n)}")
    if not options.only_cases:
        found, threshold = predict_left_out(config, blocks, options.folds)
        sections.append(section(
            "Onze voorbeelden, elk beoordeeld zonder zijn schrijver",
            f"{len(found)} berichten; het model kende geen enkel bericht van dezelfde schrijver. De drempel is die van "
            "de modellen van deze meting, gemiddeld.",
            found, threshold,
        ))
        for name, good, n in shares(found):
            say(f"left out: {name}: {good}/{n} {percent(good, n)}")
    return page(sections, facts)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Writes the page; returns 2 when it cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, help="case file (.jsonl)")
    parser.add_argument("--model", type=Path, help="judge the cases with this model, not one trained now")
    parser.add_argument("--folds", type=int, default=4, help="parts in which the writers are left out (2 to 8)")
    parser.add_argument("--only-cases", action="store_true", help="leave our own examples out: much quicker")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "results" / "rapport.html")
    options = parser.parse_args(arguments)
    if options.only_cases and not options.cases:
        parser.error("--only-cases needs --cases")
    try:
        text = build(options)
    except (DataError, RuntimeError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
