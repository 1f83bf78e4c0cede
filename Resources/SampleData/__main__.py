"""`python -m Resources.SampleData FOLDER [--small]` from a checkout: make the sample data and say what it is."""

from __future__ import annotations

import argparse

from . import generateHospitalDay
from .Manifest import SampleManifest


def main() -> int:
    """Generate, then list the series; returns the exit code."""
    parser = argparse.ArgumentParser(prog="SampleData", description="Generate a made-up hospital day as DICOM files.")
    parser.add_argument("folder", help="where to put it (an earlier set there is replaced)")
    parser.add_argument("--small", action="store_true", help="a coarse set, made in under a second")
    arguments = parser.parse_args()
    try:
        manifest = generateHospitalDay(arguments.folder, small=arguments.small)
    except OSError as error:
        parser.error(f"cannot write the sample data: {error}")
    print(listing(manifest))
    return 0


def listing(manifest: SampleManifest) -> str:
    """One line a series, then the sum."""
    lines = []
    for series in manifest.series:
        size = " x ".join(str(number) for number in series.dimensions)
        spacing = "" if series.spacing is None else " x ".join(f"{value:g}" for value in series.spacing) + " mm"
        lines.append(f"{series.patientName:<16} {series.modality}  {series.seriesDescription:<18} {size:<16} {spacing}")
    lines.append(f"{manifest.fileCount} files, {manifest.totalBytes / 1e6:.1f} MB in {manifest.dicomFolder}")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
