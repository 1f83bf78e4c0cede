"""The node that says which item of one or several sequences is shown. Names and numbers are MRML's."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from .Node import MODIFIED_EVENT, vtkMRMLNode
from .SequenceBrowserSettings import SequenceBrowserSettings
from .SequenceNodes import NUMERIC_INDEX, vtkMRMLSequenceNode
from .SequenceProxies import BASE_NAME_ATTRIBUTE, saveProxy, updateProxies
from .SequenceSynchronization import (
    CREATE_FROM_DEFAULT,
    CREATE_FROM_PREVIOUS,
    DISPLAY_HIDDEN,
    IGNORE,
    MISSING_ITEM_MODES,
    SET_TO_DEFAULT,
    Synchronization,
    modeName,
)

if TYPE_CHECKING:
    from .Scene import Scene

# The one place of a number or text in a format; widths that a file would fill the memory with are none.
_PLACE = re.compile(r"%[+-]?[ 0]?-?[0-9]{0,2}(\.[0-9]{1,2})?[fFgGeEs]")
_OBSOLETE_SEQUENCE_ROLE = "rootNodeRef"


class vtkMRMLSequenceBrowserNode(SequenceBrowserSettings):
    """Shows the selected item of one or several sequences in proxy nodes of the scene, which have its data.

    Each sequence has a postfix ("0" and so on); the reference roles ``sequenceNodeRef`` and ``dataNodeRef`` with
    that postfix name the sequence and its proxy. The first sequence is the master: its index values count. Proxies
    are made when an item is selected, with a display. What is said of recording is kept; nothing is recorded.
    """

    SEQUENCE_ROLE, PROXY_ROLE = "sequenceNodeRef", "dataNodeRef"
    ProxyNodeModifiedEvent, SequenceNodeModifiedEvent = 21001, 21003
    MissingItemCreateFromPrevious, MissingItemCreateFromDefault = CREATE_FROM_PREVIOUS, CREATE_FROM_DEFAULT
    MissingItemSetToDefault, MissingItemIgnore, MissingItemDisplayHidden = SET_TO_DEFAULT, IGNORE, DISPLAY_HIDDEN
    defaultName = "SequenceBrowser"
    isDataNode = True

    def __init__(self):
        super().__init__()
        self.referenceEvents: dict[str, int] = {}  # by role, and each sequence has roles of its own
        self._synchronizations: dict[str, Synchronization] = {}
        self._postfixes: list[str] = []
        self._lastPostfix = 0
        self._selected = -1
        self._isUpdating = False
        self._isBeingRead = False
        self._madeProxies: weakref.WeakSet[vtkMRMLNode] = weakref.WeakSet()

    # Sequences

    def postfixes(self) -> list[str]:
        """Of the sequences, the master's first; not of those that have left the scene."""
        return [one for one in self._postfixes if self.GetNodeReferenceID(self.SEQUENCE_ROLE + one)]

    def setPostfixes(self, postfixes: list[str]) -> None:
        """As a scene file has them; the references are set by role."""
        for postfix in postfixes:
            self._hear(postfix)
            old = self.GetNodeReferenceID(_OBSOLETE_SEQUENCE_ROLE + postfix)
            if old and not self.GetNodeReferenceID(self.SEQUENCE_ROLE + postfix):
                self.SetNodeReferenceID(self.SEQUENCE_ROLE + postfix, old)
                self.SetNodeReferenceID(_OBSOLETE_SEQUENCE_ROLE + postfix, None)
        self._isBeingRead = True
        self.setAndNotify("_postfixes", list(dict.fromkeys(postfixes)))
        self.updateReferenceObservers()

    def attachToScene(self, scene: Scene | None, nodeID: str | None) -> None:
        super().attachToScene(scene, nodeID)
        if scene is not None and scene.IsImporting():  # all has been read into a scene of its own
            self._isBeingRead = False

    def synchronization(self, postfix: str) -> Synchronization:
        """How the sequence of a postfix is treated."""
        return self._synchronizations.setdefault(postfix, Synchronization())

    def setSynchronization(self, postfix: str, synchronization: Synchronization) -> None:
        self._synchronizations[postfix] = synchronization
        self.Modified()

    def _hear(self, postfix: str) -> None:
        self.synchronization(postfix)
        for role in (self.SEQUENCE_ROLE, self.PROXY_ROLE):
            self.referenceEvents[role + postfix] = MODIFIED_EVENT

    def SetAndObserveMasterSequenceNodeID(self, nodeID: str | None) -> str:
        """Browse by the index values of this sequence: one of those that are browsed, else it alone.

        :returns: its postfix
        """
        if not nodeID:
            self.RemoveAllSequenceNodes()
            return ""
        postfix, master = self._postfixOf(nodeID), self.GetMasterSequenceNode()
        if postfix and master is not None:
            if postfix != (first := self.postfixes()[0]):
                value = master.GetNthIndexValue(self._selected)
                place, wanted = self._postfixes.index(first), self._postfixes.index(postfix)
                self._postfixes[place], self._postfixes[wanted] = postfix, first
                found = self.GetMasterSequenceNode().GetItemNumberFromIndexValue(value, False)
                self._select(found)
            return postfix
        self.RemoveAllSequenceNodes()
        return self.AddSynchronizedSequenceNodeID(nodeID)

    def AddSynchronizedSequenceNodeID(self, nodeID: str | vtkMRMLSequenceNode) -> str:
        """Show a sequence, too. :returns: the postfix of its roles"""
        return self._add(nodeID.GetID() if isinstance(nodeID, vtkMRMLNode) else nodeID)

    def _add(self, nodeID: str, proxyID: str | None = None) -> str:
        postfix = self._postfixOf(nodeID)
        if postfix:
            return postfix
        while not postfix or postfix in self._postfixes:
            postfix = str(self._lastPostfix)
            self._lastPostfix += 1
        isFirst = not self.postfixes()
        self._synchronizations[postfix] = Synchronization()
        self._hear(postfix)
        self._postfixes.append(postfix)
        wasModifying = self.StartModify()
        self.SetNodeReferenceID(self.SEQUENCE_ROLE + postfix, nodeID)
        self.SetNodeReferenceID(self.PROXY_ROLE + postfix, proxyID)
        self._select((0 if self.GetNumberOfItems() else -1) if isFirst else self._selected)
        self.EndModify(wasModifying)
        return postfix

    AddSynchronizedSequenceNode = AddSynchronizedSequenceNodeID

    def RemoveSynchronizedSequenceNode(self, nodeID: str) -> None:
        """Show a sequence no longer; playing ends."""
        postfix = self._postfixOf(nodeID)
        if postfix:
            wasModifying = self.StartModify()
            self.SetPlaybackActive(False)
            self.SetRecordingActive(False)
            self._postfixes.remove(postfix)
            self.RemoveNodeReferenceIDs(self.SEQUENCE_ROLE + postfix)
            self.RemoveProxyNode(postfix)
            self.Modified()
            self.EndModify(wasModifying)

    def RemoveAllSequenceNodes(self) -> None:
        for postfix in reversed(self.postfixes()):
            self.RemoveSynchronizedSequenceNode(self.GetNodeReferenceID(self.SEQUENCE_ROLE + postfix))
        self._postfixes = []
        self._select(-1)

    def _postfixOf(self, nodeID: str | None) -> str:
        roles = ((postfix, self.GetNodeReferenceID(self.SEQUENCE_ROLE + postfix)) for postfix in self.postfixes())
        return next((postfix for postfix, found in roles if found == nodeID), "")

    def GetMasterSequenceNode(self) -> vtkMRMLSequenceNode | None:
        postfixes = self.postfixes()
        return self._sequenceOf(postfixes[0]) if postfixes else None

    def _sequenceOf(self, postfix: str) -> vtkMRMLSequenceNode | None:
        node = self.GetNodeReference(self.SEQUENCE_ROLE + postfix)
        return node if isinstance(node, vtkMRMLSequenceNode) else None  # a file may say anything

    def GetSynchronizedSequenceNodes(self, nodes: list | None = None, includeMasterNode: bool = False) -> list:
        """The sequences, also put into ``nodes`` when that is given: a list or a vtkCollection."""
        found = [self._sequenceOf(postfix) for postfix in self.postfixes()[0 if includeMasterNode else 1 :]]
        return _given([node for node in found if node is not None], nodes)

    def GetNumberOfSynchronizedSequenceNodes(self, includeMasterNode: bool = False) -> int:
        return max(len(self.postfixes()) - (not includeMasterNode), 0)

    def IsSynchronizedSequenceNodeID(self, nodeID: str | vtkMRMLNode | None, includeMasterNode: bool = False) -> bool:
        nodeID = nodeID.GetID() if isinstance(nodeID, vtkMRMLNode) else nodeID
        return self._postfixOf(nodeID) in self.postfixes()[0 if includeMasterNode else 1 :]

    IsSynchronizedSequenceNode = IsSynchronizedSequenceNodeID

    # Proxies

    def GetProxyNode(self, sequence: vtkMRMLSequenceNode) -> vtkMRMLNode | None:
        """The node of the scene that holds the selected item of a sequence."""
        postfix = self._postfixOf(sequence.GetID())
        return self.GetNodeReference(self.PROXY_ROLE + postfix) if postfix else None

    def GetAllProxyNodes(self, nodes: list | None = None) -> list:
        """The proxies, also put into ``nodes`` when that is given: a list or a vtkCollection."""
        found = [self.GetNodeReference(self.PROXY_ROLE + postfix) for postfix in self.postfixes()]
        return _given([node for node in found if node is not None], nodes)

    def IsProxyNodeID(self, nodeID: str) -> bool:
        return any(node.GetID() == nodeID for node in self.GetAllProxyNodes())

    IsProxyNode = IsProxyNodeID

    def GetSequenceNode(self, proxy: vtkMRMLNode) -> vtkMRMLSequenceNode | None:
        """The sequence whose selected item a node holds."""
        roles = ((postfix, self.GetNodeReference(self.PROXY_ROLE + postfix)) for postfix in self.postfixes())
        return next((self._sequenceOf(postfix) for postfix, found in roles if found is proxy), None)

    def AddProxyNode(self, node: vtkMRMLNode, sequence: vtkMRMLSequenceNode, copy: bool = True) -> vtkMRMLNode:
        """Let a node of the scene hold the selected item of a sequence, in place of the one that did.

        :param copy: a new one of its class, called as the sequence, instead of the node itself
        :returns: the proxy
        """
        if copy:
            proxy = node.CreateNodeInstance()
            proxy.SetName(sequence.GetName())
            self.GetScene().AddNode(proxy)
            self._madeProxies.add(proxy)
        else:
            proxy = node
            if node.GetAttribute(BASE_NAME_ATTRIBUTE) is None:
                node.SetAttribute(BASE_NAME_ATTRIBUTE, node.GetName())
        postfix = self._add(sequence.GetID(), proxy.GetID())
        if self.GetNodeReference(self.PROXY_ROLE + postfix) is not proxy:
            self.RemoveProxyNode(postfix)
            self.SetNodeReferenceID(self.PROXY_ROLE + postfix, proxy.GetID())
            self.updateProxies()
        return proxy

    def addMadeProxy(self, proxy: vtkMRMLNode, sequence: vtkMRMLSequenceNode) -> None:
        """A new node of the scene is the proxy, which leaves the scene when another one takes its place."""
        self._madeProxies.add(proxy)
        self.AddProxyNode(proxy, sequence, False)

    def RemoveProxyNode(self, postfix: str) -> None:
        """Let the node of a postfix be no proxy any more; one that was made for it leaves the scene."""
        proxy, scene = self.GetNodeReference(self.PROXY_ROLE + postfix), self.GetScene()
        self.RemoveNodeReferenceIDs(self.PROXY_ROLE + postfix)
        if proxy in self._madeProxies and scene.IsNodePresent(proxy):
            scene.RemoveNode(proxy)

    def RemoveAllProxyNodes(self) -> None:
        for postfix in self.postfixes():
            self.RemoveProxyNode(postfix)

    def updateProxies(self) -> None:
        """Give the proxies the data of the selected item; nothing outside of a scene, or while one is being read."""
        scene = self.GetScene()
        if scene is None or self._isUpdating or self._recordingActive or scene.IsImporting() or scene.IsRestoring():
            return
        self._isUpdating, self._isBeingRead = True, False
        try:
            updateProxies(self)
        finally:
            self._isUpdating = False

    def saveProxy(self, proxy: vtkMRMLNode) -> None:
        """Take a changed proxy over into its item, where the browser saves changes of it."""
        if not self._isUpdating:
            self._isUpdating = True
            try:
                saveProxy(self, proxy)
            finally:
                self._isUpdating = False

    def onReferenceChanged(self, role: str) -> None:
        """When a sequence is there no longer, another one may be the master, whose values count then."""
        super().onReferenceChanged(role)
        scene = self.GetScene()
        isGone = role.startswith(self.SEQUENCE_ROLE) and not self.GetNodeReferenceID(role)
        if isGone and not (self._isBeingRead or scene is None or scene.IsBatchProcessing()):
            self.updateProxies()

    def processReferencedNode(self, role: str, node: vtkMRMLNode) -> None:
        """A sequence, or a proxy, has changed: the other follows. Not while a scene is read or taken back: the data of
        one may not be there yet."""
        super().processReferencedNode(role, node)
        scene = self.GetScene()
        if self._isUpdating or self._isBeingRead or scene is None or scene.IsBatchProcessing():
            return
        if role.startswith(self.PROXY_ROLE):
            self.saveProxy(node)
            self.InvokeEvent(self.ProxyNodeModifiedEvent, node)
        else:
            self._select(self._selectionInside())
            self.InvokeEvent(self.SequenceNodeModifiedEvent, node)

    def _selectionInside(self) -> int:
        """The selected item, or the nearest there is: -1 when there are none."""
        count = self.GetNumberOfItems()
        return min(max(self._selected, 0), count - 1) if count else -1

    # How sequences are treated

    def _synchronizationsOf(self, sequence: vtkMRMLSequenceNode | None) -> list[Synchronization]:
        postfixes = self.postfixes() if sequence is None else [self._postfixOf(sequence.GetID())]
        return [self.synchronization(postfix) for postfix in postfixes if postfix]

    def _property(self, sequence: vtkMRMLSequenceNode | None, name: str, default: int = False) -> int:
        found = self._synchronizationsOf(sequence)
        return getattr(found[0], name) if found and sequence is not None else default

    def _setProperty(self, sequence: vtkMRMLSequenceNode | None, name: str, value: int) -> None:
        changed = [one for one in self._synchronizationsOf(sequence) if getattr(one, name) != value]
        for one in changed:
            setattr(one, name, value)
        if changed:
            self.updateProxies()
            self.Modified()

    def GetPlayback(self, sequence: vtkMRMLSequenceNode) -> bool:
        """Whether a sequence's proxy follows the selected item."""
        return self._property(sequence, "playback")

    def SetPlayback(self, sequence: vtkMRMLSequenceNode | None, playback: bool) -> None:
        """This and the next: of all sequences with None."""
        self._setProperty(sequence, "playback", bool(playback))

    def GetSaveChanges(self, sequence: vtkMRMLSequenceNode) -> bool:
        """Whether changes of a sequence's proxy go into the sequence."""
        return self._property(sequence, "saveChanges")

    def SetSaveChanges(self, sequence: vtkMRMLSequenceNode | None, save: bool) -> None:
        self._setProperty(sequence, "saveChanges", bool(save))

    def GetOverwriteProxyName(self, sequence: vtkMRMLSequenceNode) -> bool:
        """Whether a sequence's proxy is named after it and the index value."""
        return self._property(sequence, "overwriteProxyName")

    def SetOverwriteProxyName(self, sequence: vtkMRMLSequenceNode | None, overwrite: bool) -> None:
        self._setProperty(sequence, "overwriteProxyName", bool(overwrite))

    def GetRecording(self, sequence: vtkMRMLSequenceNode) -> bool:
        return self._property(sequence, "recording")

    def SetRecording(self, sequence: vtkMRMLSequenceNode | None, recording: bool) -> None:
        self._setProperty(sequence, "recording", bool(recording))

    def GetMissingItemMode(self, sequence: vtkMRMLSequenceNode) -> int:
        """What is shown where a sequence has no item at the selected index value: one of MissingItem…"""
        return self._property(sequence, "missingItemMode", CREATE_FROM_PREVIOUS)

    def SetMissingItemMode(self, sequence: vtkMRMLSequenceNode | None, mode: int) -> None:
        if modeName(MISSING_ITEM_MODES, mode):
            self._setProperty(sequence, "missingItemMode", int(mode))

    # Selection

    def GetNumberOfItems(self) -> int:
        master = self.GetMasterSequenceNode()
        return 0 if master is None else master.GetNumberOfDataNodes()

    def GetSelectedItemNumber(self) -> int:
        return self._selected

    def SetSelectedItemNumber(self, number: int) -> None:
        """Show an item: the proxies take over its data."""
        if int(number) != self._selected:
            self._select(int(number))

    def _select(self, number: int) -> None:
        self._selected = number
        self.updateProxies()
        self.Modified()

    def SetSelectedItemByIndexValue(self, indexValue: str, exactMatchRequired: bool = True) -> bool:
        """Show the item at an index value. :returns: whether there is one"""
        master = self.GetMasterSequenceNode()
        number = -1 if master is None else master.GetItemNumberFromIndexValue(indexValue, exactMatchRequired)
        if number >= 0:
            self.SetSelectedItemNumber(number)
        return number >= 0

    def SelectFirstItem(self) -> int:
        self.SetSelectedItemNumber(0 if self.GetNumberOfItems() else -1)
        return self._selected

    def SelectLastItem(self) -> int:
        self.SetSelectedItemNumber(self.GetNumberOfItems() - 1)
        return self._selected

    def SelectNextItem(self, increment: int = 1) -> int:
        """Beyond the ends goes on at the other end; when playback is not looped, that ends it.

        :returns: the item that is selected now, -1 when there are none
        """
        count = self.GetNumberOfItems()
        if not count:
            return -1
        wanted = 0 if self._selected < 0 else self._selected + increment
        if not 0 <= wanted < count:
            if self._playbackLooped:
                wanted %= count
            else:
                self.SetPlaybackActive(False)
                wanted = 0 if wanted >= count else count - 1
        self.SetSelectedItemNumber(wanted)
        return self._selected

    def SetIndexDisplayMode(self, mode: int) -> None:
        """Names of proxies may tell the index, too."""
        if int(mode) != self._displayMode:
            super().SetIndexDisplayMode(mode)
            self.updateProxies()

    def GetFormattedIndexValue(self, number: int) -> str:
        """An index value of the master in the display format; "" when there is none."""
        master = self.GetMasterSequenceNode()
        value = "" if master is None else master.GetNthIndexValue(number)
        place = _PLACE.search(self._displayFormat)
        if not value or master.GetIndexType() != NUMERIC_INDEX or place is None:
            return value
        try:
            shown = place[0] % (value if place[0].endswith("s") else float(value))
        except ValueError:
            return value
        return self._displayFormat[: place.start()] + shown + self._displayFormat[place.end() :]

    # Copying

    def CopyContent(self, node: vtkMRMLSequenceBrowserNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        for postfix in node.postfixes():
            self._synchronizations[postfix] = Synchronization.fromText(node.synchronization(postfix).text())
        self._selected, self._lastPostfix = node._selected, node._lastPostfix
        self.setPostfixes(node.postfixes())
        self._isBeingRead = node._isBeingRead
        self.Modified()


def _given(found: list, nodes) -> list:
    """The nodes themselves, also in what a script gave to be filled."""
    if isinstance(nodes, list):
        nodes[:] = found
    elif nodes is not None:
        nodes.RemoveAllItems()
        add: Callable = nodes.AddItem
        for node in found:
            add(node)
    return found
