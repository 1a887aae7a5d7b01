"""Builds our own Dutch spaCy pipeline, nl_weerbaar: tokenizer, sentence splitter, and lemmas from a table.

It needs no download: the lemma table is in the package spacy-lookups-data. Usage: build_spacy_model.py TARGET_FOLDER
"""

import sys
from pathlib import Path

import spacy


def build(target: Path) -> None:
    """Writes the pipeline to `target`, unless `target` holds one that is compatible with this spaCy version."""
    if (target / "meta.json").exists() and spacy.util.is_compatible_version(
        spacy.about.__version__, spacy.util.load_meta(target / "meta.json")["spacy_version"]
    ):
        return
    nlp = spacy.blank("nl", meta={"name": "weerbaar_lookup", "version": "1.0.0"})
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("lemmatizer", config={"mode": "lookup"})
    nlp.initialize()
    target.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: build_spacy_model.py TARGET_FOLDER")
    build(Path(sys.argv[1]))
