"""The nodes of the scene that hold the selected items of sequences: filled from these, and saved into them.

Voxels are not copied: a proxy shares those of its item, so that a step takes as long for large volumes as for small
ones. Who is about to write into a volume that is lent so calls ``ownVoxels`` first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .DisplayableNode import vtkMRMLDisplayableNode
from .DisplayNodes import vtkMRMLDisplayNode
from .Node import vtkMRMLNode
from .SequenceSynchronization import CREATE_FROM_DEFAULT, CREATE_FROM_PREVIOUS, DISPLAY_HIDDEN, SET_TO_DEFAULT
from .VolumeNodes import vtkMRMLVolumeNode

if TYPE_CHECKING:
    from .SequenceBrowserNode import vtkMRMLSequenceBrowserNode
    from .SequenceNodes import vtkMRMLSequenceNode

BASE_NAME_ATTRIBUTE, SOURCE_ATTRIBUTE = "Sequences.BaseName", "Sequences.Source"


def isKnown(node: vtkMRMLNode) -> bool:
    """Whether its class is known here: others keep their data in files of their own, by names."""
    return type(node).__name__ == node.GetClassName()


def updateProxies(browser: vtkMRMLSequenceBrowserNode) -> None:
    """Give all proxies the data of the selected item; those that are missing are made, with a display.

    Nobody is told of one before all have their data.
    """
    master = browser.GetMasterSequenceNode()
    if master is None:
        return
    # Nothing is selected while the master is empty, or may be once it has changed: 3D Slicer shows what is at "0".
    value = master.GetNthIndexValue(browser.GetSelectedItemNumber()) or "0"
    held: list[tuple[vtkMRMLNode, int]] = []
    for sequence in browser.GetSynchronizedSequenceNodes(includeMasterNode=True):
        data = _dataFor(browser, sequence, value) if browser.GetPlayback(sequence) else None
        proxy = browser.GetProxyNode(sequence)
        if data is None or not isKnown(data):
            _hideMissing(browser, sequence, proxy)
            continue
        if proxy is None or proxy.GetClassName() != data.GetClassName():
            proxy = _newProxy(browser, sequence, data)
        held.append((proxy, proxy.StartModify()))
        fillProxy(proxy, data, sharesAll=browser.GetSaveChanges(sequence))
        if browser.GetOverwriteProxyName(sequence):
            _overwriteName(browser, sequence, proxy, value)
        if isinstance(proxy, vtkMRMLDisplayableNode) and proxy.GetDisplayNode() is None:
            _addDisplay(proxy)
    for proxy, depth in held:
        proxy.EndModify(depth)


def _dataFor(browser: vtkMRMLSequenceBrowserNode, sequence: vtkMRMLSequenceNode, value: str) -> vtkMRMLNode | None:
    """The item at an index value, or what stands for it where there is none."""
    isSelected = 0 <= browser.GetSelectedItemNumber() < browser.GetNumberOfItems()
    mode, saves = browser.GetMissingItemMode(sequence), isSelected and browser.GetSaveChanges(sequence)
    found = sequence.GetDataNodeAtValue(value)
    if found is not None:
        return found
    if not sequence.GetNumberOfDataNodes():
        proxy = browser.GetProxyNode(sequence)
        return sequence.SetDataNodeAtValue(proxy, value) if saves and proxy is not None else None
    if mode == CREATE_FROM_PREVIOUS:
        before = sequence.GetDataNodeAtValue(value, False)
        return sequence.SetDataNodeAtValue(before, value) if saves and before is not None else before
    if mode not in (CREATE_FROM_DEFAULT, SET_TO_DEFAULT):
        return None
    empty = sequence.GetNthDataNode(0).CreateNodeInstance()
    return sequence.SetDataNodeAtValue(empty, value) if saves and mode == CREATE_FROM_DEFAULT else empty


def _hideMissing(browser: vtkMRMLSequenceBrowserNode, sequence: vtkMRMLSequenceNode, proxy: vtkMRMLNode | None) -> None:
    """Of displays there are sequences, too."""
    isMissing = browser.GetPlayback(sequence) and browser.GetMissingItemMode(sequence) == DISPLAY_HIDDEN
    if isMissing and isinstance(proxy, vtkMRMLDisplayNode):
        proxy.SetVisibility(False)


def _newProxy(browser: vtkMRMLSequenceBrowserNode, sequence: vtkMRMLSequenceNode, data: vtkMRMLNode) -> vtkMRMLNode:
    """Called as the sequence, as in Slicer, or after what it was recorded from."""
    source = sequence.GetAttribute(SOURCE_ATTRIBUTE)
    proxy = data.CreateNodeInstance()
    proxy.SetName(f"{browser.GetName()}-{source}" if source else sequence.GetName())
    browser.GetScene().AddNode(proxy)
    browser.addMadeProxy(proxy, sequence)
    return proxy


def fillProxy(proxy: vtkMRMLNode, data: vtkMRMLNode, sharesAll: bool = False) -> None:
    """Let a node have the data, attributes and description of an item; name, ID, display and place in the scene stay.

    :param sharesAll: also what is small is the item's own, so that changes of it are changes of the item
    """
    isVolume = isinstance(proxy, vtkMRMLVolumeNode)
    proxy.CopyContent(data, deepCopy=not (sharesAll or isVolume))
    if isVolume and not sharesAll:
        proxy.lendImageData(data.GetImageData())
    proxy.SetDescription(data.GetDescription())
    kept = {name: data.GetAttribute(name) for name in data.GetAttributeNames()}
    if BASE_NAME_ATTRIBUTE in proxy.GetAttributeNames():
        kept.setdefault(BASE_NAME_ATTRIBUTE, proxy.GetAttribute(BASE_NAME_ATTRIBUTE))
    for name in dict.fromkeys([*proxy.GetAttributeNames(), *kept]):
        proxy.SetAttribute(name, kept.get(name))


def _addDisplay(proxy: vtkMRMLDisplayableNode) -> None:
    """One window for all items: a new one at each would take time, and hide how the values change."""
    proxy.CreateDefaultDisplayNodes()
    display = proxy.GetDisplayNode()
    if display is not None and display.IsA("vtkMRMLScalarVolumeDisplayNode"):
        display.SetAutoWindowLevel(False)


def _overwriteName(
    browser: vtkMRMLSequenceBrowserNode, sequence: vtkMRMLSequenceNode, proxy: vtkMRMLNode, value: str
) -> None:
    name = sequence.GetName() or ""
    proxy.SetAttribute(BASE_NAME_ATTRIBUTE, name)
    if browser.GetIndexDisplayMode() == browser.IndexDisplayAsIndexValue:
        start = f"{sequence.GetIndexName()}=" if sequence.GetIndexName() else ""
        shown = f"{start}{value}{sequence.GetIndexUnit() or ''}"
    else:
        shown = f"{browser.GetSelectedItemNumber() + 1}/{sequence.GetNumberOfDataNodes()}"
    proxy.SetName(f"{name} [{shown}]")


def saveProxy(browser: vtkMRMLSequenceBrowserNode, proxy: vtkMRMLNode) -> None:
    """Take a changed proxy over into its item where the browser saves changes, and is not playing.

    One that stands for an item that is not to be made becomes empty again, so that nobody takes the change for saved.
    """
    sequence, master = browser.GetSequenceNode(proxy), browser.GetMasterSequenceNode()
    value = "" if master is None else master.GetNthIndexValue(browser.GetSelectedItemNumber())
    isSaved = sequence is not None and browser.GetSaveChanges(sequence) and isKnown(proxy)
    if value and isSaved and not browser.GetPlaybackActive():
        wasSaved = sequence.UpdateDataNodeAtValue(proxy, value, True)
        if not wasSaved and browser.GetMissingItemMode(sequence) == SET_TO_DEFAULT:
            proxy.CopyContent(proxy.CreateNodeInstance())
