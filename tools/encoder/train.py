"""Fine-tunes the encoder on our texts, with temporary heads for severity, intent and role, and with a contrast.

`rasa train` fits the heads of the assistant on the embeddings. The heads here only teach the body what to tell apart.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from tools.encoder.model import PADDING, Encoder
from tools.encoder.texts import Text, disguise
from tools.progress import Progress
from weerbaar.nlu.severity import LEVELS

LONGEST = 160
# The figures of each epoch, in the folder of the run.
REPORT = "report.jsonl"
GRAVE = LEVELS.index("ernstig")


@dataclass(frozen=True)
class Recipe:
    """The settings of the training.

    Attributes:
        epochs: how often each text is used.
        rate: the highest learning rate of the last layer.
        decay: the factor between the learning rate of a layer and that of the layer above.
        frozen: how many of the lowest layers stay as in the base model, to keep its knowledge of the language.
        batch: the number of texts per step, including the disguised copies.
        twice: the number of disguised copies for the contrast, as a share of the batch.
        disguised: the share of the other texts that is disguised.
        smoothing: the label smoothing.
        contrast: the weight of the contrast in the loss.
        imitation: the weight of the likeness to the teacher in the loss of a student.
        dropout: the dropout of the encoder.
        weight_decay: the weight decay of AdamW.
        seed: the seed of all random choices.
    """

    epochs: int = 4
    rate: float = 1e-4
    decay: float = 0.9
    frozen: int = 4
    batch: int = 64
    twice: float = 0.125
    disguised: float = 0.3
    smoothing: float = 0.1
    contrast: float = 0.3
    imitation: float = 10.0
    dropout: float = 0.1
    weight_decay: float = 0.02
    seed: int = 7


class Heads(nn.Module):
    """Linear heads on the embedding, for severity, intent and role."""

    def __init__(self, hidden: int, severities: int, intents: int, roles: int) -> None:
        super().__init__()
        self.severity, self.intent, self.role = (nn.Linear(hidden, number) for number in (severities, intents, roles))
        # Embeddings have length 1: without a factor the heads could not be certain of anything.
        self.scale = 20.0

    def forward(self, embeddings: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns the scores of severities, intents and roles, each of shape (texts, classes)."""
        scaled = embeddings * self.scale
        return self.severity(scaled), self.intent(scaled), self.role(scaled)


class Trainer:
    """Trains an encoder, and writes a checkpoint every few minutes from which it can continue."""

    def __init__(
        self,
        encoder: Encoder,
        tokenizer: Tokenizer,
        texts: Sequence[Text],
        recipe: Recipe,
        folder: Path,
        taught: np.ndarray | None = None,
    ) -> None:
        """Prepares the training of an encoder that has the weights of the base model, or some layers of its teacher.

        Args:
            encoder: the encoder, which is trained in place.
            tokenizer: the tokenizer of the encoder.
            texts: texts of writers that are not held out.
            recipe: the settings.
            folder: where to write the checkpoint.
            taught: for a student, the embeddings of the texts by its teacher, float32 of shape (texts, hidden).
        """
        self.taught = None if taught is None else torch.from_numpy(taught)
        self.encoder, self.tokenizer, self.texts = encoder, tokenizer, list(texts)
        self.recipe, self.folder = recipe, folder
        self.intents = sorted({text.intent for text in texts})
        self.roles = sorted({text.role for text in texts})
        self.heads = Heads(encoder.sizes.hidden, len(LEVELS), len(self.intents), len(self.roles))
        # Word embeddings are not trained: most pieces are rare in our texts and must keep their meaning.
        encoder.word.weight.requires_grad_(False)
        encoder.frozen = recipe.frozen
        self.optimizer = torch.optim.AdamW(list(self._groups()), weight_decay=recipe.weight_decay, fused=True)
        self.lengths = [len(tokenizer.encode(text.text).ids) for text in self.texts]
        self.steps_an_epoch = len(list(self._batches(0)))
        self.step = 0
        folder.mkdir(parents=True, exist_ok=True)

    def _groups(self) -> Iterator[dict]:
        count, recipe = len(self.encoder.layers), self.recipe
        yield {"params": self.heads.parameters(), "top": recipe.rate * 10}
        for number, layer in enumerate(self.encoder.layers):
            if number >= recipe.frozen:
                yield {"params": layer.parameters(), "top": recipe.rate * recipe.decay ** (count - 1 - number)}

    def _batches(self, epoch: int) -> Iterator[list[int]]:
        """Yields batches of texts of similar length, in an order that depends only on the seed and the epoch."""
        chance = random.Random(f"{self.recipe.seed}-{epoch}")
        places = list(range(len(self.texts)))
        chance.shuffle(places)
        size = round(self.recipe.batch * (1 - self.recipe.twice))
        batches = []
        for start in range(0, len(places), size * 50):
            pool = sorted(places[start : start + size * 50], key=lambda place: self.lengths[place])
            batches += [pool[first : first + size] for first in range(0, len(pool), size)]
        chance.shuffle(batches)
        yield from batches

    def encode(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Returns the ids of the pieces, and 1 for a piece and 0 for padding, both of shape (texts, longest)."""
        rows = [
            [*encoding.ids[: LONGEST - 1], encoding.ids[-1]] if len(encoding.ids) > LONGEST else encoding.ids
            for encoding in self.tokenizer.encode_batch(list(texts))
        ]
        pieces = torch.full((len(rows), max(map(len, rows))), PADDING)
        for number, row in enumerate(rows):
            pieces[number, : len(row)] = torch.tensor(row)
        return pieces, (pieces != PADDING).long()

    def centre(self, sample: int = 2_000) -> None:
        """Sets the centre that is subtracted from every embedding to the mean embedding of a sample of the texts."""
        places = random.Random(self.recipe.seed).sample(range(len(self.texts)), min(sample, len(self.texts)))
        means = self.embed([self.texts[place].text for place in places])
        self.encoder.centre.copy_(torch.from_numpy(means.mean(axis=0)))

    def train(self) -> Iterator[int]:
        """Trains from the last checkpoint, if there is one, and yields the number of each epoch when it ends."""
        self._resume()
        total, last = self.recipe.epochs * self.steps_an_epoch, time.monotonic()
        with Progress("encoder:", total, "batches", done=self.step) as bar:
            while self.step < total:
                epoch, within = divmod(self.step, self.steps_an_epoch)
                for batch in list(self._batches(epoch))[within:]:
                    loss = self._learn(batch, random.Random(f"{self.recipe.seed}-{self.step}"), total)
                    self.step += 1
                    bar.show(self.step, f"epoch {epoch + 1}, loss {loss:.3f}")
                    if time.monotonic() - last > 180:
                        self._save()
                        last = time.monotonic()
                self._save()
                yield epoch + 1

    def _learn(self, batch: Sequence[int], chance: random.Random, total: int) -> float:
        recipe, texts = self.recipe, [self.texts[place] for place in batch]
        torch.manual_seed(chance.randrange(2**31))
        pairs = chance.sample(range(len(texts)), min(len(texts), round(recipe.batch * recipe.twice)))
        plain = [
            text.text if number in pairs or chance.random() > recipe.disguised else disguise(text.text, chance)
            for number, text in enumerate(texts)
        ]
        again = [disguise(texts[number].text, chance) for number in pairs]
        factor = self._schedule(self.step / total)
        for group in self.optimizer.param_groups:
            group["lr"] = group["top"] * factor
        self.encoder.train()
        pieces, present = self.encode(plain + again)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            embeddings = self.encoder(pieces, present)
        embeddings = embeddings.float()
        severity, intent, role = self.heads(embeddings)
        labelled = texts + [texts[number] for number in pairs]
        loss = (
            self._loss(severity, [LEVELS.index(text.severity) for text in labelled])
            + self._loss(intent, [self.intents.index(text.intent) for text in labelled])
            + 0.3 * self._loss(role, [self.roles.index(text.role) for text in labelled])
            + recipe.contrast * contrast(embeddings, pairs, len(texts))
        )
        if self.taught is not None:
            # A disguised text must resemble what the teacher makes of the plain one.
            taught = self.taught[[*batch, *(batch[number] for number in pairs)]]
            loss = loss + recipe.imitation * (1 - (embeddings * taught).sum(dim=1).mean())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_([p for group in self.optimizer.param_groups for p in group["params"]], 1.0)
        self.optimizer.step()
        return float(loss.detach())

    def _loss(self, scores: Tensor, labels: Sequence[int]) -> Tensor:
        return functional.cross_entropy(scores, torch.tensor(labels), label_smoothing=self.recipe.smoothing)

    @staticmethod
    def _schedule(done: float, warm: float = 0.06) -> float:
        return done / warm if done < warm else 0.5 * (1 + math.cos(math.pi * (done - warm) / (1 - warm)))

    def _save(self) -> None:
        state = {
            "step": self.step,
            "encoder": self.encoder.state_dict(),
            "heads": self.heads.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "about": self._about(),
        }
        torch.save(state, self.folder / "checkpoint.part")
        (self.folder / "checkpoint.part").replace(self.folder / "checkpoint.pt")

    def _about(self) -> dict[str, Any]:
        """Returns what a checkpoint must share with this training to be continued."""
        return {"recipe": asdict(self.recipe), "layers": len(self.encoder.layers), "texts": len(self.texts)}

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            (self.folder / REPORT).unlink(missing_ok=True)
            return
        state = torch.load(path)
        if state.get("about") != self._about():
            raise ValueError(f"{path} was made with another recipe or other texts: remove it to begin anew")
        self.step = state["step"]
        self.encoder.load_state_dict(state["encoder"])
        self.heads.load_state_dict(state["heads"])
        self.optimizer.load_state_dict(state["optimizer"])

    @torch.no_grad()
    def embed(self, texts: Sequence[str], size: int = 128) -> np.ndarray:
        """Returns the embeddings of texts, shape (texts, hidden)."""
        self.encoder.eval()
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        embeddings = np.zeros((len(texts), self.encoder.sizes.hidden), np.float32)
        for start in range(0, len(order), size):
            places = order[start : start + size]
            pieces, present = self.encode([texts[place] for place in places])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                embeddings[places] = self.encoder(pieces, present).float().numpy()
        return embeddings


def contrast(embeddings: Tensor, pairs: Sequence[int], texts: int, temperature: float = 0.05) -> Tensor:
    """Returns the loss of finding the plain text of each disguised one among all plain texts of the batch.

    It does not pull texts of the same intent together, so the facts of a subject keep their distances.

    Args:
        embeddings: the embeddings of the plain texts, then of the disguised ones, shape (all texts, hidden).
        pairs: the index of the plain text of each disguised one.
        texts: the number of plain texts.
        temperature: the lower, the more the nearest text must stand out.
    """
    likeness = embeddings[texts:] @ embeddings[:texts].T / temperature
    return functional.cross_entropy(likeness, torch.tensor(list(pairs)))


def report(trainer: Trainer, held_out: Sequence[Text], sample: int = 8_000) -> dict:
    """Fits simple heads on the embeddings and measures them on held-out writers.

    Returns:
        The share of texts below `ernstig` with an alarm at the threshold that finds 95, 97 and 98 % of the grave ones,
        the area under the ROC curve, and the share of right intents.
    """
    chance = random.Random(1)
    seen = chance.sample(trainer.texts, min(sample, len(trainer.texts)))
    learned, asked = trainer.embed([text.text for text in seen]), trainer.embed([text.text for text in held_out])
    head = LogisticRegression(C=10, max_iter=300).fit(learned, [LEVELS.index(text.severity) for text in seen])
    grave = head.predict_proba(asked)[:, [number >= GRAVE for number in head.classes_]].sum(axis=1)
    truth = np.array([LEVELS.index(text.severity) for text in held_out])
    found, calm = grave[truth >= GRAVE], grave[truth < GRAVE]
    intents = LogisticRegression(C=10, max_iter=100).fit(learned, [text.intent for text in seen])
    right = intents.predict(asked) == np.array([text.intent for text in held_out])
    return {
        **{
            f"alarms at {share}": round(float((calm >= np.quantile(found, 1 - share / 100)).mean()), 4)
            for share in (95, 97, 98)
        },
        "auc": round(float((found[:, None] > calm[None, :]).mean()), 5),
        "intents": round(float(right.mean()), 4),
    }


def write_report(path: Path, epoch: int, figures: dict) -> None:
    """Appends the figures of an epoch to a file of JSON lines."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"epoch": epoch, **figures}) + "\n")
