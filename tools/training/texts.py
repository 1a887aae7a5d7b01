"""Puts changed texts into a trained model without training: the same model as `rasa train` makes, in seconds.

A Rasa model is an archive with a folder of each component and a description. The domain is in it twice: as YAML in the
folder of the domain provider, and as JSON in the description. `sources` says why nothing else depends on the contents
of the responses. This module does not import Rasa, because that alone takes seconds.
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
import time
import uuid
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from ruamel.yaml import YAML
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import LiteralScalarString

DESCRIPTION, STORED_DOMAIN = "metadata.json", "components/domain_provider/domain.yml"
HEAD = (DESCRIPTION, STORED_DOMAIN)
# The first part of a packed model is never as long as this, in bytes.
LONGEST_HEAD = 1 << 24
# Half the time of Rasa's level 9, for an archive that is one per cent larger.
COMPRESSION = 6
# Of a key in a response: whether Rasa's schema surely allows the value. Any other key is left to Rasa to judge.
_ALLOWED: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str) and bool(value),
    "channel": lambda value: isinstance(value, str),
    "buttons": lambda value: _is_list_of(value, {"title", "payload"}),
    "condition": lambda value: _is_list_of(value, {"type", "name"}, {"value"}),
    "custom": lambda value: isinstance(value, dict) and bool(value),
    "metadata": lambda value: isinstance(value, dict),
}


class NeedsTraining(Exception):
    """Raised when a model cannot simply get other texts; the message says why, as the end of a sentence."""


def replace_texts(model: Path, domain: Path, target: Path) -> list[str]:
    """Writes a model that differs from another only in its texts.

    Args:
        model: a model in the form of `pack`, of which it was verified that it is ours.
        domain: the domain, of which nothing but the contents of responses changed since that model was trained.
        target: the file to write.

    Returns:
        The names of the responses that changed.

    Raises:
        NeedsTraining: a response is not surely valid, or the model holds another domain than was thought.
        OSError: a file cannot be read or written.
    """
    head, rest = read_head(model)
    description = described(head)
    stored = description["domain"]
    responses = read_responses(domain)
    if set(responses) != set(stored["responses"]):
        raise NeedsTraining("the model has responses of other names")
    names = [name for name, content in responses.items() if content != stored["responses"][name]]
    for name in names:
        if not is_surely_valid(responses[name]):
            raise NeedsTraining(f"{name} is of a form that Rasa must judge")
        stored["responses"][name] = responses[name]
    # As Rasa writes it: the time without a zone.
    now = datetime.now(timezone.utc).replace(tzinfo=None).isoformat()
    description.update(trained_at=now, model_id=uuid.uuid4().hex)
    new = {
        DESCRIPTION: json.dumps(description, ensure_ascii=False, indent=2).encode(),
        STORED_DOMAIN: as_rasa_writes(stored).encode(),
    }
    with appearing_whole(target) as new_file, model.open("rb") as old_file:
        _write_head(new_file, new)
        old_file.seek(rest)
        shutil.copyfileobj(old_file, new_file)
    return names


def described(head: Mapping[str, bytes]) -> dict[str, Any]:
    """Returns the description of a model, with its domain; raises NeedsTraining when that is not there."""
    description = json.loads(head.get(DESCRIPTION, b"{}"))
    if not isinstance(description.get("domain"), dict) or not description["domain"].get("responses"):
        raise NeedsTraining("the model says nothing of its domain")
    return description


def read_responses(domain: Path) -> dict[str, Any]:
    """Returns the responses of a domain as Rasa reads them, in YAML 1.2; raises NeedsTraining when it might differ."""
    text = domain.read_text(encoding="utf-8")
    if "${" in text or text.isascii():
        raise NeedsTraining("Rasa reads variables of the environment, and escapes in a file without accents")
    reader = YAML(typ="safe")
    reader.version = (1, 2)  # type: ignore[assignment]
    return reader.load(text)["responses"]


def is_surely_valid(response: Any) -> bool:
    """Returns whether Rasa's schema allows a response for sure; with one that it does not allow, no server starts."""
    return (
        isinstance(response, list)
        and bool(response)
        and all(
            isinstance(variant, dict)
            and ("text" in variant or "custom" in variant)
            and all(key in _ALLOWED and _ALLOWED[key](value) for key, value in variant.items())
            for variant in response
        )
    )


def _is_list_of(value: Any, strings: set[str], others: frozenset[str] | set[str] = frozenset()) -> bool:
    """Returns whether a value is a list of mappings with a string at each of these keys, and anything at the others."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(entry, dict)
            and set(entry) == strings | set(others)
            and all(isinstance(entry[key], str) and entry[key] for key in strings)
            for entry in value
        )
    )


def as_rasa_writes(domain: Mapping[str, Any]) -> str:
    """Returns a domain as the YAML that Rasa puts into a model (`Domain.as_yaml`), byte for byte."""
    writer = YAML()
    writer.width = 4096  # type: ignore[assignment]
    writer.representer.add_representer(
        type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    writer.representer.add_representer(OrderedDict, RoundTripRepresenter.represent_dict)
    out = io.StringIO()
    writer.dump(_ordered({**domain, "responses": _with_blocks(domain["responses"])}), out)
    return out.getvalue()


def _with_blocks(responses: Mapping[str, Any]) -> dict[str, Any]:
    """Returns responses in which a text of several lines will be written as a block."""
    return {
        name: [
            {**variant, "text": LiteralScalarString(variant["text"])} if "\n" in variant.get("text", "") else variant
            for variant in variants
        ]
        for name, variants in responses.items()
    }


def _ordered(content: Any) -> Any:
    """Returns the content with mappings that keep their order, each a new one: else YAML writes anchors."""
    if isinstance(content, Mapping):
        return OrderedDict((key, _ordered(value)) for key, value in content.items())
    return [_ordered(one) for one in content] if isinstance(content, list) else content


def pack(model: Path) -> None:
    """Packs a model of Rasa's anew, in two parts of which the first holds what other texts change.

    Unpacking and packing the weights takes seconds, and the second part can be copied as it is. An archive in parts is
    read as one by every program that reads `tar.gz`.
    """
    with appearing_whole(model) as file, tarfile.open(model, "r:gz") as old:
        head = {name: old.extractfile(name).read() for name in HEAD}  # type: ignore[union-attr]
        _write_head(file, head)
        with (
            gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION) as packed,
            tarfile.open(fileobj=packed, mode="w") as rest,
        ):
            for member in old:
                if member.name not in HEAD:
                    rest.addfile(member, old.extractfile(member) if member.isfile() else None)


def read_head(model: Path) -> tuple[dict[str, bytes], int]:
    """Returns the files in the first part of a packed model, and where its second part begins.

    Raises:
        NeedsTraining: the model was not packed by `pack`.
    """
    unpacker, content = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), b""
    with model.open("rb") as file:
        while not unpacker.eof and len(content) < LONGEST_HEAD and (block := file.read(1 << 16)):
            content += unpacker.decompress(block)
        rest = file.tell() - len(unpacker.unused_data)
    if not unpacker.eof:
        raise NeedsTraining("the model is not packed in two parts")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}, rest  # type: ignore[union-attr]


def _write_head(file: IO[bytes], content: Mapping[str, bytes]) -> None:
    """Writes the first part of an archive; without the blocks that end an archive, because the second part follows."""
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION) as packed:
        head = tarfile.open(fileobj=packed, mode="w")  # noqa: SIM115  # closing it would write those blocks
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), int(time.time())
            head.addfile(member, io.BytesIO(data))


@contextmanager
def appearing_whole(target: Path) -> Iterator[IO[bytes]]:
    """Yields a file to write, which takes the place of `target` when all went well, and else leaves no trace."""
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
