"""Where icons, .ui files and the sample-data generator are, in a checkout and in an installed package."""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path

from .Errors import FileError


@functools.cache
def resourceFolder() -> Path:
    """The ``Resources`` folder: beside the packages in a checkout, inside ``DICOMModule`` when installed.

    :raises FileError: when neither exists, which means a broken installation
    """
    packages = Path(__file__).resolve().parent.parent
    for candidate in (packages / "Resources", packages / "DICOMModule" / "Resources"):
        if (candidate / "Icons").is_dir():
            return candidate
    raise FileError("the Resources folder is missing", packages, hint="Install the package again")


def resourcePath(*parts: str) -> Path:
    """The path of one resource, e.g. ``resourcePath("Icons", "DICOM.svg")``.

    :raises FileError: when it does not exist
    """
    path = resourceFolder().joinpath(*parts)
    if not path.exists():
        raise FileError("a resource is missing", path, hint="Install the package again")
    return path


def loadSampleDataPackage():
    """The generator package ``Resources/SampleData``, loaded by path because its name differs once installed.

    :returns: the module, with ``generateHospitalDay(folder, progress=None, small=False)``
    """
    initFile = resourcePath("SampleData", "__init__.py")
    spec = importlib.util.spec_from_file_location(
        "DICOMSampleData", initFile, submodule_search_locations=[str(initFile.parent)]
    )
    if spec.name not in sys.modules:
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # its relative imports look the package up under this name
        spec.loader.exec_module(module)
    return sys.modules[spec.name]
