"""How a browser of sequences plays them and shows their index. Names and numbers are MRML's."""

from __future__ import annotations

from .Node import vtkMRMLNode
from .SequenceSynchronization import INDEX_DISPLAY_MODES, SAMPLING_MODES, modeName, modeOf


class SequenceBrowserSettings(vtkMRMLNode):
    """Part of :class:`vtkMRMLSequenceBrowserNode`."""

    IndexDisplayFormatModifiedEvent = 21002
    SamplingAll, SamplingLimitedToPlaybackFrameRate = 0, 1
    IndexDisplayAsIndex, IndexDisplayAsIndexValue = 0, 1

    def __init__(self):
        super().__init__()
        self._playbackActive = False
        self._playbackRate = 10.0
        self._playbackLooped = True
        self._skipsItems = True
        self._recordingActive = False
        self._recordsMasterOnly = False
        self._samplingMode = self.SamplingLimitedToPlaybackFrameRate
        self._displayMode = self.IndexDisplayAsIndexValue
        self._displayFormat = "%.2f"

    # Playback

    def GetPlaybackActive(self) -> bool:
        return self._playbackActive

    def SetPlaybackActive(self, active: bool) -> None:
        """Whether a host steps through the items by its clock."""
        self.setAndNotify("_playbackActive", bool(active))

    def GetPlaybackRateFps(self) -> float:
        """Items a second."""
        return self._playbackRate

    def SetPlaybackRateFps(self, rate: float) -> None:
        self.setAndNotify("_playbackRate", float(rate))

    def GetPlaybackLooped(self) -> bool:
        return self._playbackLooped

    def SetPlaybackLooped(self, looped: bool) -> None:
        """Whether the first item follows the last one."""
        self.setAndNotify("_playbackLooped", bool(looped))

    def GetPlaybackItemSkippingEnabled(self) -> bool:
        return self._skipsItems

    def SetPlaybackItemSkippingEnabled(self, enabled: bool) -> None:
        """Whether items are left out where showing all of them would take longer than the rate says."""
        self.setAndNotify("_skipsItems", bool(enabled))

    # Kept, and what the index is shown as

    def GetRecordingActive(self) -> bool:
        return self._recordingActive

    def SetRecordingActive(self, active: bool) -> None:
        """Kept for 3D Slicer: nothing is recorded here, but as there the proxies stay what they are meanwhile."""
        self.setAndNotify("_recordingActive", bool(active))

    def GetRecordMasterOnly(self) -> bool:
        return self._recordsMasterOnly

    def SetRecordMasterOnly(self, only: bool) -> None:
        self.setAndNotify("_recordsMasterOnly", bool(only))

    def GetRecordingSamplingMode(self) -> int:
        return self._samplingMode

    def SetRecordingSamplingMode(self, mode: int) -> None:
        self.setAndNotify("_samplingMode", int(mode))

    def GetRecordingSamplingModeAsString(self, mode: int | None = None) -> str:
        return modeName(SAMPLING_MODES, self._samplingMode if mode is None else mode)

    def SetRecordingSamplingModeFromString(self, name: str) -> None:
        """:raises ValueError: for none of SAMPLING_MODES"""
        self.SetRecordingSamplingMode(_mode(SAMPLING_MODES, name))

    def GetIndexDisplayMode(self) -> int:
        """IndexDisplayAsIndex or IndexDisplayAsIndexValue."""
        return self._displayMode

    def SetIndexDisplayMode(self, mode: int) -> None:
        self.setAndNotify("_displayMode", int(mode))

    def GetIndexDisplayModeAsString(self, mode: int | None = None) -> str:
        return modeName(INDEX_DISPLAY_MODES, self._displayMode if mode is None else mode)

    def SetIndexDisplayModeFromString(self, name: str) -> None:
        """:raises ValueError: for none of INDEX_DISPLAY_MODES"""
        self.SetIndexDisplayMode(_mode(INDEX_DISPLAY_MODES, name))

    def GetIndexDisplayFormat(self) -> str:
        """As of printf, for numbers; "%.2f" at first."""
        return self._displayFormat

    def SetIndexDisplayFormat(self, text: str) -> None:
        if self.setAndNotify("_displayFormat", str(text)):
            self.InvokeEvent(self.IndexDisplayFormatModifiedEvent)

    def CopyContent(self, node: SequenceBrowserSettings, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        for name in _COPIED:
            setattr(self, name, getattr(node, name))


_COPIED = (
    "_playbackActive", "_playbackRate", "_playbackLooped", "_skipsItems",
    "_recordingActive", "_recordsMasterOnly", "_samplingMode", "_displayMode", "_displayFormat",
)  # fmt: skip


def _mode(names: tuple[str, ...], name: str) -> int:
    found = modeOf(names, name)
    if found < 0:
        raise ValueError(f"{name[:80]!r} is none of {', '.join(names)}")
    return found
