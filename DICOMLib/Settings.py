"""Typed settings with defaults. Where they are kept is passed in: a dictionary, a file, or the host's own settings."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from .Errors import SettingsError


@dataclass(frozen=True)
class SettingKey:
    """A setting there is."""

    name: str
    """Path-like name, 3D Slicer's where it has the setting."""
    default: object
    """Its type is the type of the setting."""
    meaning: str
    choices: tuple[object, ...] = ()
    """When not empty, the only values accepted."""
    group: str = ""
    """Heading below which people find it in the settings dialog; empty for what the program remembers by itself."""
    label: str = ""
    """A few words for the dialog."""
    kind: str = ""
    """What a text or a list of texts stands for: "file", "folders" or "disabledPlugins"."""
    needsRestart: bool = False
    """Whether a change shows only after the next start."""
    choiceTexts: tuple[str, ...] = ()
    """What people read instead of each of the choices, where those are words for scripts."""


ALL_KEYS: tuple[SettingKey, ...] = (
    SettingKey("DICOM/DatabaseFile", "", "Path of the study database; empty means the default place of the user",
               group="Database", label="Database file", kind="file", needsRestart=True),
    SettingKey("DICOM/ConfirmRemove", True, "Ask before patients, studies or series are removed",
               group="Database", label="Ask before something is removed"),
    SettingKey("DICOM/CopyOnImport", False, "Copy imported files into the database folder instead of linking to them",
               group="Import", label="Copy imported files into the database"),
    SettingKey("DICOM/FollowLinks", False, "Also import what symbolic links in imported folders lead to",
               group="Import", label="Follow symbolic links in folders"),
    SettingKey("DICOM/ArchivesInFolders", False, "Also unpack zip and tar archives that lie in imported folders",
               group="Import", label="Unpack archives found in folders"),
    SettingKey("DICOM/ShowImportReport", True, "Show the report after every import, not only after skips",
               group="Import", label="Tell the result of every import, not only problems"),
    SettingKey("DICOM/advancedView", False, "Show every way a series can be loaded instead of loading the best one",
               group="Browsing and loading", label="Always show loading choices first"),
    SettingKey("DICOM/ScalarVolume/AllowLoadingByTime", False, "Also split series by content time and trigger time",
               group="Browsing and loading", label="Also offer series divided by time"),
    SettingKey("DICOM/ScalarVolume/ReaderApproach", "native", "What reads pixels: this program with its decoders, GDCM"
               " (through SimpleITK), or GDCM for what this program cannot read",
               ("native", "GDCM", "native with GDCM fallback"), group="Browsing and loading", label="Reader of pixels",
               choiceTexts=("This program", "GDCM", "This program, and GDCM where it cannot")),
    SettingKey("DICOM/ScalarVolume/VoxelValues", "Modality", "What voxels are: values as the modality measured them,"
               " PET as standardised uptake values, or the real world values that the file defines",
               ("Modality", "SUV body weight", "Real world"), group="Browsing and loading", label="Values of voxels",
               choiceTexts=("As the modality measured them", "PET as SUVbw", "Real world values of the file")),
    SettingKey("DICOM/ScalarVolume/AcquisitionGeometryRegularization", "default", "What is done when slices are not"
               " where one matrix can put them all: nothing, a transform that moves each to its place (the default), or"
               " the volume computed anew on a regular grid (also for a tilted gantry)",
               ("default", "none", "transform", "hardenTransform"), group="Browsing and loading",
               label="Uneven slices",
               choiceTexts=("Usual: moved to their places by a transform", "Left on a regular grid",
                            "Moved to their places by a transform", "Computed anew on a regular grid (hardened)")),
    SettingKey("DICOM/Diffusion/Vendor", "automatic", "Whose private elements tell b-values and gradients: found out"
               " from each file, or of this vendor (for files without a manufacturer)",
               ("automatic", "standard", "Siemens", "GE", "Philips", "UIH", "Canon", "Hitachi"),
               group="Browsing and loading", label="Vendor of diffusion values"),
    SettingKey("DICOM/automaticallyLoadReferences", "ask", "Also load the series that a loaded one refers to, such as"
               " the images it was made of", ("ask", "always", "never"),
               group="Browsing and loading", label="Load referenced series",
               choiceTexts=("Ask", "Always", "Never")),
    SettingKey("DICOM/ThumbnailSize", "Medium", "Size of the pictures in the table of series",
               ("None", "Small", "Medium", "Large"), group="Browsing and loading", label="Pictures of series"),
    SettingKey("Scenes/AutosaveMinutes", 5, "While something is in no file, the scene is autosaved into a private"
               " folder, from where it can be restored if the program ends unexpectedly",
               (0, 1, 2, 5, 10, 15, 30, 60), group="Scenes", label="Autosave",
               choiceTexts=("Never", "Every minute", "Every 2 minutes", "Every 5 minutes", "Every 10 minutes",
                            "Every 15 minutes", "Every 30 minutes", "Every hour")),
    SettingKey("Scenes/KeepRecent", True, "Remember the paths of scenes that were opened and saved last, which may hold"
               " names of patients if you put them there; switched off, those that are remembered are forgotten",
               group="Scenes", label="Remember recent scenes"),
    SettingKey("DICOM/disabledPlugins", [], "Names of plugins that take no part in examining series",
               group="Plugins", label="Plugins that read series", kind="disabledPlugins"),
    SettingKey("Modules/AdditionalPaths", [], "Folders searched for scripted modules",
               group="Plugins", label="Folders with modules and plugins of your own", kind="folders",
               needsRestart=True),
    SettingKey("DICOM/LastImportFolder", "", "Folder the import dialog opens in"),
    SettingKey("DICOM/LastCopyOutFolder", "", "Folder series were last copied out to"),
    SettingKey("DICOM/ExportToFolder", False, "Export to a folder instead of to the database"),
    SettingKey("DICOM/ExportFolder", "", "Folder series were last exported to"),
    SettingKey("DICOM/ServerNodes", [], "DICOM servers: name, titles, address and what each is used for"),
    SettingKey("DICOM/ExportToServer", False, "Export to a server instead of to the database"),
    SettingKey("DICOM/Send/Server", "", "Name of the server that was last sent to"),
    SettingKey("DICOM/WrittenSceneBundles", [], "SHA-256 of the scenes that were written here, in files and in DICOM"
               " objects, which are opened without asking"),
    SettingKey("Scenes/Recent", [], "Paths of scenes that were opened and saved last, the latest first"),
    SettingKey("MainWindow/Geometry", "", "Size and place of the main window"),
    SettingKey("MainWindow/State", "", "Arrangement of its docks"),
    SettingKey("MainWindow/Layout", "FourUp", "Arrangement of the views",
               ("FourUp", "Conventional", "Red", "Yellow", "Green", "ThreeD")),
    SettingKey("MainWindow/Appearance", "System", "Whether the window is dark or light", ("System", "Dark", "Light")),
)

_KEYS = {key.name: key for key in ALL_KEYS}


class Settings:
    """Reads and writes the settings listed above; unknown names and wrong types are errors, not surprises later.

    :param store: any mapping of name to JSON-like value; :class:`SettingsFile` keeps one on disk
    """

    def __init__(self, store: MutableMapping[str, object] | None = None):
        self._store = {} if store is None else store
        self._observers: list[Callable[[str], None]] = []

    def value(self, name: str) -> object:
        """The stored value, or the default when nothing (or something of another type) is stored.

        :raises SettingsError: for a name that is not listed
        """
        key = _keyNamed(name)
        stored = self._store.get(name, key.default)
        return stored if _fits(key, stored) else key.default

    def setValue(self, name: str, value: object) -> None:
        """Store a value and tell observers.

        :raises SettingsError: for a name that is not listed or a value of the wrong type
        """
        key = _keyNamed(name)
        if not _fits(key, value):
            allowed = f"one of {list(key.choices)}" if key.choices else f"a {type(key.default).__name__}"
            raise SettingsError(f"the setting wants {allowed}", name, value)
        self._store[name] = value
        for observer in tuple(self._observers):
            observer(name)

    def reset(self, name: str) -> None:
        """Back to the default, and tell observers. :raises SettingsError: for a name that is not listed"""
        _keyNamed(name)
        if self._store.pop(name, None) is not None:
            for observer in tuple(self._observers):
                observer(name)

    def addObserver(self, observer: Callable[[str], None]) -> None:
        """``observer(name)`` is called after each change."""
        self._observers.append(observer)

    def removeObserver(self, observer: Callable[[str], None]) -> None:
        """Stop calling. :raises ValueError: for an observer that was never added"""
        self._observers.remove(observer)


def _keyNamed(name: str) -> SettingKey:
    if name not in _KEYS:
        raise SettingsError("there is no such setting", name)
    return _KEYS[name]


def _fits(key: SettingKey, value: object) -> bool:
    if isinstance(value, list) and not all(isinstance(entry, str) for entry in value):
        return False  # every list there is holds names or folders
    return type(value) is type(key.default) and (not key.choices or value in key.choices)


class SettingsFile(MutableMapping):
    """A JSON file as a mapping; every change is written at once, to a new file that then replaces the old one.

    A damaged file is kept aside as ``<name>.damaged`` and the settings start from their defaults.
    """

    def __init__(self, path: str | os.PathLike):
        self._path = Path(path)
        self._values = self._read()

    def _read(self) -> dict[str, object]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SettingsError("the settings file cannot be read", self._path, error.strerror) from error
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            os.replace(self._path, self._path.with_name(self._path.name + ".damaged"))
            return {}
        return values

    def _write(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    json.dump(self._values, stream, indent=1, sort_keys=True)
                os.replace(temporary, self._path)
            except BaseException:  # Ctrl-C as well: half a file must not stay beside the settings
                os.unlink(temporary)
                raise
        except OSError as error:
            hint = "Check that the folder is writable and the disk is not full"
            raise SettingsError("the settings cannot be saved", self._path, error.strerror, hint) from error

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __setitem__(self, name: str, value: object) -> None:
        self._values[name] = value
        self._write()

    def __delitem__(self, name: str) -> None:
        del self._values[name]
        self._write()

    def __iter__(self):
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
