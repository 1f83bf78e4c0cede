"""What 3D Slicer's Sequences module does with the sequences of a scene. Names are those of its logic."""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Callable

from .Node import vtkMRMLNode
from .Scene import Scene
from .SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from .SequenceNodes import vtkMRMLSequenceNode
from .WeakCallback import weakCallback

BROWSER_CLASS, SEQUENCE_CLASS = "vtkMRMLSequenceBrowserNode", "vtkMRMLSequenceNode"


class vtkSlicerSequencesLogic:
    """Works on one scene.

    :param clock: seconds that never go back
    """

    def __init__(self, scene: Scene, clock: Callable[[], float] = time.monotonic):
        self._scene = scene
        self._clock = clock
        self._lastSteps: weakref.WeakKeyDictionary[vtkMRMLSequenceBrowserNode, float] = weakref.WeakKeyDictionary()
        self._known = weakref.WeakSet(self.browsers())
        scene.AddObserver(scene.EndImportEvent, weakCallback(self.completeArrivals))

    def GetMRMLScene(self) -> Scene:
        return self._scene

    # Browsers

    def browsers(self) -> list[vtkMRMLSequenceBrowserNode]:
        """All of the scene, in their order."""
        nodes = self._scene.GetNodesByClass(BROWSER_CLASS)
        return [node for node in nodes if isinstance(node, vtkMRMLSequenceBrowserNode)]

    def GetBrowserNodesForSequenceNode(self, sequence: vtkMRMLSequenceNode, found: list | None = None) -> list:
        """Those that show a sequence, also put into ``found`` when that is given."""
        nodes = [one for one in self.browsers() if one.IsSynchronizedSequenceNodeID(sequence.GetID(), True)]
        if found is not None:
            found[:] = nodes
        return nodes

    def GetFirstBrowserNodeForSequenceNode(self, sequence: vtkMRMLSequenceNode) -> vtkMRMLSequenceBrowserNode | None:
        return next(iter(self.GetBrowserNodesForSequenceNode(sequence)), None)

    def GetBrowserNodesForProxyNode(self, proxy: vtkMRMLNode, found: list | None = None) -> list:
        """Those whose proxy a node is, also put into ``found`` when that is given."""
        nodes = [one for one in self.browsers() if one.IsProxyNodeID(proxy.GetID())]
        if found is not None:
            found[:] = nodes
        return nodes

    def GetFirstBrowserNodeForProxyNode(self, proxy: vtkMRMLNode) -> vtkMRMLSequenceBrowserNode | None:
        return next(iter(self.GetBrowserNodesForProxyNode(proxy)), None)

    def browse(self, sequence: vtkMRMLSequenceNode) -> vtkMRMLSequenceBrowserNode:
        """The browser that shows a sequence first; a new one, "… browser", if there is none. It gets a proxy again if
        somebody has removed that."""
        found = self.GetFirstBrowserNodeForSequenceNode(sequence)
        if found is None:
            name = self._scene.GenerateUniqueName(f"{sequence.GetName()} browser")
            found = self._scene.AddNewNodeByClass(BROWSER_CLASS, name)
            found.SetAndObserveMasterSequenceNodeID(sequence.GetID())
        elif found.GetProxyNode(sequence) is None:
            found.updateProxies()
        return found

    @staticmethod
    def IsNodeCompatibleForBrowsing(master: vtkMRMLSequenceNode, tested: vtkMRMLSequenceNode) -> bool:
        """Whether two sequences have the same kind of index: name, unit and type."""
        return (
            master.GetIndexName() == tested.GetIndexName()
            and master.GetIndexUnit() == tested.GetIndexUnit()
            and master.GetIndexType() == tested.GetIndexType()
        )

    def GetCompatibleNodesFromScene(self, found: list | None, master: vtkMRMLSequenceNode | None) -> list:
        """Other sequences with the same kind of index, also put into ``found`` when that is given."""
        nodes = [] if master is None else [
            one for one in self._scene.GetNodesByClass(SEQUENCE_CLASS)
            if one is not master and self.IsNodeCompatibleForBrowsing(master, one)
        ]  # fmt: skip
        if found is not None:
            found[:] = nodes
        return nodes

    def AddSynchronizedNode(
        self, sequence: vtkMRMLSequenceNode | None, proxy: vtkMRMLNode | None, browser: vtkMRMLSequenceBrowserNode
    ) -> vtkMRMLSequenceNode | None:
        """Have a browser show a sequence, too.

        :param sequence: None: a new one, called "<proxy>-Sequence"
        :param proxy: the node that is to hold its selected item; None: one is made
        :returns: the sequence; None when its kind of index is not that of the master
        """
        browser.SetPlaybackActive(False)
        browser.SetRecordingActive(False)
        master = browser.GetMasterSequenceNode()
        if sequence is None:
            sequence = self._scene.CreateNodeByClass(SEQUENCE_CLASS)
            if master is not None:
                sequence.SetIndexName(master.GetIndexName())
                sequence.SetIndexUnit(master.GetIndexUnit())
            if proxy is not None:
                sequence.SetName(f"{proxy.GetName()}-Sequence")
            self._scene.AddNode(sequence)
        if master is not None and not self.IsNodeCompatibleForBrowsing(master, sequence):
            return None
        browser.AddSynchronizedSequenceNodeID(sequence.GetID())
        if proxy is not None:
            browser.AddProxyNode(proxy, sequence, False)
        return sequence

    # Proxies

    def UpdateProxyNodesFromSequences(self, browser: vtkMRMLSequenceBrowserNode) -> None:
        """Give the proxies of a browser the data of its selected item."""
        browser.updateProxies()

    UpdateVirtualOutputNodes = UpdateProxyNodesFromSequences

    def UpdateSequencesFromProxyNodes(self, browser: vtkMRMLSequenceBrowserNode, proxy: vtkMRMLNode) -> None:
        """Take a changed proxy over into its sequence, if the browser saves changes of it."""
        browser.saveProxy(proxy)

    def UpdateAllProxyNodes(self) -> None:
        """Let all that play go on by as many items as their rate says has passed since they last did."""
        now = self._clock()
        for browser in self.browsers():
            if not browser.GetPlaybackActive():
                self._lastSteps.pop(browser, None)
                continue
            passed = (now - self._lastSteps.setdefault(browser, now)) * browser.GetPlaybackRateFps()
            count = math.floor(passed + 0.5) if math.isfinite(passed) else 0
            if count > 0:
                self._lastSteps[browser] = now
                browser.SelectNextItem(count if browser.GetPlaybackItemSkippingEnabled() else 1)

    def completeArrivals(self) -> None:
        """Show the selected items of browsers that have come since the last call, where their proxies are not there or
        have no data: a scene may have been written without them. Done by itself when a scene has come in."""
        arrived = [one for one in self.browsers() if one not in self._known]
        self._known.update(arrived)
        for browser in arrived:
            sequences = browser.GetSynchronizedSequenceNodes(includeMasterNode=True)
            if any(_isEmpty(browser.GetProxyNode(one)) for one in sequences if browser.GetPlayback(one)):
                if browser.GetSelectedItemNumber() < 0:
                    browser.SelectFirstItem()
                browser.updateProxies()


def _isEmpty(proxy: vtkMRMLNode | None) -> bool:
    if proxy is None:
        return True
    data = getattr(proxy, "GetImageData", None) or getattr(proxy, "GetPolyData", None)
    return data is not None and data() is None
