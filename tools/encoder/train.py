"""Fine-tunes the encoder on our texts: severity, intent and role by heads that are thrown away, and by contrast.

The heads that serve are fitted by `rasa train` on the embeddings. Those here only teach the body what to tell apart.
"""
from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from tools.encoder.model import PADDING, Encoder
from tools.encoder.texts import Text, disguise
from weerbaar.nlu.severity import LEVELS

LONGEST = 160
GRAVE = LEVELS.index("ernstig")


@dataclass(frozen=True)
class Recipe:
    """How the encoder is trained.

    Attributes:
        epochs: how often each text is read.
        rate: the highest learning rate, of the last layer; each layer below gets `decay` of the one above.
        batch: texts a step, those that are read twice in disguise included.
        twice: the share of a batch that is there twice, plain and in disguise, for the contrast.
        disguised: the share of the other texts that is read in disguise.
        smoothing: how much of the certainty of a label is spread over the others.
        contrast: the weight of the contrast beside the heads.
        frozen: how many layers at the bottom stay as in the base model; what they know of the language is not ours.
        seed: of everything that is drawn by chance.
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
    dropout: float = 0.1
    weight_decay: float = 0.02
    seed: int = 7


class Heads(nn.Module):
    """Linear heads on the embedding, one for each thing that the body must tell apart."""

    def __init__(self, hidden: int, severities: int, intents: int, roles: int) -> None:
        super().__init__()
        self.severity, self.intent, self.role = (nn.Linear(hidden, number) for number in (severities, intents, roles))
        # Embeddings have length 1: without a factor the heads could not be certain of anything.
        self.scale = 20.0

    def forward(self, embeddings: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns the scores of severities, intents and roles."""
        scaled = embeddings * self.scale
        return self.severity(scaled), self.intent(scaled), self.role(scaled)


class Trainer:
    """Trains an encoder, with a checkpoint every few minutes from which it goes on."""

    def __init__(
        self, encoder: Encoder, tokenizer: Tokenizer, texts: Sequence[Text], recipe: Recipe, folder: Path
    ) -> None:
        """Takes the encoder with the weights of the base model, and the texts to learn from.

        Args:
            encoder: is trained in place.
            tokenizer: that of the encoder.
            texts: of the writers that may be learned from.
            recipe: how.
            folder: where checkpoints and the report of each epoch go.
        """
        self.encoder, self.tokenizer, self.texts = encoder, tokenizer, list(texts)
        self.recipe, self.folder = recipe, folder
        self.intents = sorted({text.intent for text in texts})
        self.roles = sorted({text.role for text in texts})
        self.heads = Heads(encoder.sizes.hidden, len(LEVELS), len(self.intents), len(self.roles))
        # Word embeddings stay as they are: most pieces are rare in our texts and must keep what they meant.
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
        """Yields batches of texts of like length, in an order that follows from seed and epoch alone."""
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
        """Returns the numbers of the pieces and which are present, both of shape (texts, longest)."""
        rows = [encoding.ids[: LONGEST - 1] + [encoding.ids[-1]] if len(encoding.ids) > LONGEST else encoding.ids
                for encoding in self.tokenizer.encode_batch(list(texts))]  # fmt: skip
        pieces = torch.full((len(rows), max(map(len, rows))), PADDING)
        for number, row in enumerate(rows):
            pieces[number, : len(row)] = torch.tensor(row)
        return pieces, (pieces != PADDING).long()

    def centre(self, sample: int = 2_000) -> None:
        """Sets what is taken off every embedding: the mean of the base model's over a sample of the texts."""
        places = random.Random(self.recipe.seed).sample(range(len(self.texts)), min(sample, len(self.texts)))
        means = self.embed([self.texts[place].text for place in places])
        self.encoder.centre.copy_(torch.from_numpy(means.mean(axis=0)))

    def train(self) -> Iterator[int]:
        """Trains; yields the number of each epoch that has ended. Goes on from the last checkpoint, if there is one."""
        self._resume()
        total, last = self.recipe.epochs * self.steps_an_epoch, time.monotonic()
        with tqdm(total=total, initial=self.step, desc="encoder", unit="batch", mininterval=5) as bar:
            while self.step < total:
                epoch, within = divmod(self.step, self.steps_an_epoch)
                for batch in list(self._batches(epoch))[within:]:
                    loss = self._learn(batch, random.Random(f"{self.recipe.seed}-{self.step}"), total)
                    self.step += 1
                    bar.update()
                    bar.set_postfix(loss=f"{loss:.3f}", epoch=epoch + 1)
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
        state = {"step": self.step, "encoder": self.encoder.state_dict(), "heads": self.heads.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "recipe": asdict(self.recipe)}  # fmt: skip
        torch.save(state, self.folder / "checkpoint.part")
        (self.folder / "checkpoint.part").replace(self.folder / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path)
        if state["recipe"] != asdict(self.recipe):
            raise ValueError(f"{path} was made with another recipe: remove it to begin anew")
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
    """Returns how badly each disguised text finds its plain one among all texts of the batch.

    Texts of the same intent are not pulled together by it, so that within a subject the facts keep their distances.

    Args:
        embeddings: of the plain texts, then of the disguised ones.
        pairs: the plain text of each disguised one.
        texts: the number of plain texts.
        temperature: how sharply the nearest must stand out.
    """
    likeness = embeddings[texts:] @ embeddings[:texts].T / temperature
    return functional.cross_entropy(likeness, torch.tensor(list(pairs)))


def report(trainer: Trainer, held_out: Sequence[Text], sample: int = 8_000) -> dict:
    """Fits a plain head on the embeddings and says how it does on writers whom the body has not read.

    Returns:
        The share of calm texts with an alarm at the threshold that finds 95, 97 and 98 % of the grave ones, the area
        under the curve, and the share of intents that are right.
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
        **{f"alarms at {share}": round(float((calm >= np.quantile(found, 1 - share / 100)).mean()), 4)
           for share in (95, 97, 98)},
        "auc": round(float((found[:, None] > calm[None, :]).mean()), 5),
        "intents": round(float(right.mean()), 4),
    }


def write_report(path: Path, epoch: int, figures: dict) -> None:
    """Adds the figures of an epoch to a file of JSON lines."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"epoch": epoch, **figures}) + "\n")
