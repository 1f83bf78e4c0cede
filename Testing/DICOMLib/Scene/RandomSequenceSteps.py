"""Steps with sequences and a browser, made by chance: for this program's classes, and as text for 3D Slicer's.

Needs neither of them: who calls gives what makes, fills and tells nodes.
"""

import random

VALUES = ("0", "1", "2", "2.5", "7", "1e1", "0.0004", "3", "abc")
CLASSES = ("vtkMRMLLinearTransformNode", "vtkMRMLTextNode", "vtkMRMLScalarVolumeNode")
STEPS = (
    "show", "show", "master", "unshow", "own", "next", "next", "item", "value", "value", "playback", "save", "name",
    "missing", "take", "put", "put", "index", "change", "change", "ends", "mode", "remove", "find",
)  # fmt: skip


def planned(seed: int) -> dict:
    """Sequences, and what is done with them; texts are index values of one plan of four."""
    chance = random.Random(seed)
    isText = chance.random() < 0.25
    values = VALUES if isText else VALUES[:-1]
    sequences = [
        {"class": chance.choice(CLASSES), "isText": isText, "values": chance.sample(values, chance.randint(1, 5))}
        for _ in range(chance.randint(1, 3))
    ]
    steps = [
        {"do": chance.choice(STEPS), "which": chance.randrange(len(sequences)), "value": chance.choice(values),
         "other": chance.choice(values), "number": chance.randint(-2, 5), "flag": chance.random() < 0.5,
         "filled": chance.randint(100, 999)}
        for _ in range(25)
    ]  # fmt: skip
    return {"sequences": sequences, "steps": steps}


class Steps:
    """:param tools: ``make(className, number)``, ``fill(node, number)``, ``told(node)``, ``modes``"""

    def __init__(self, scene, plan: dict, tools):
        self.scene, self.plan, self.tools = scene, plan, tools
        self.sequences = []
        for number, said in enumerate(plan["sequences"]):
            node = scene.AddNewNodeByClass("vtkMRMLSequenceNode", f"sequence {number}")
            node.SetIndexType(1 if said["isText"] else 0)
            for place, value in enumerate(said["values"]):
                node.SetDataNodeAtValue(tools.make(said["class"], 10 * number + place + 1), value)
            self.sequences.append(node)
        self.browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")

    def all(self) -> list:
        """What is there after each step."""
        return [[self.done(**step), self.state()] for step in self.plan["steps"]]

    def state(self) -> list:
        browser, master = self.browser, self.browser.GetMasterSequenceNode()
        found = [browser.GetSelectedItemNumber(), browser.GetNumberOfItems(), master.GetName() if master else None]
        for node in filter(self.isThere, self.sequences):
            data = [node.GetNthDataNode(number) for number in range(node.GetNumberOfDataNodes())]
            values = [node.GetNthIndexValue(number) for number in range(len(data))]
            proxy = browser.GetProxyNode(node) if self.isShown(node) else None
            shown = proxy and [proxy.GetName(), proxy.GetClassName(), self.tools.told(proxy)]
            found.append([values, [self.tools.told(one) for one in data], shown])
        return found

    def isThere(self, node) -> bool:
        return node.GetScene() is not None

    def isShown(self, node) -> bool:
        return bool(self.browser.IsSynchronizedSequenceNodeID(node.GetID(), True))

    def done(self, do, which, value, other, number, flag, filled):
        node, browser = self.sequences[which], self.browser
        if not self.isThere(node):
            return None
        isFirst = browser.GetMasterSequenceNode() is None
        if do in ("show", "own", "master"):
            if do == "show":
                browser.AddSynchronizedSequenceNodeID(node.GetID())
            elif do == "master":
                browser.SetAndObserveMasterSequenceNodeID(node.GetID())
            else:
                own = self.tools.make(self.plan["sequences"][which]["class"], filled)
                own.SetName(f"own {filled}")
                browser.AddProxyNode(self.scene.AddNode(own), node, flag)
            return browser.SelectFirstItem() if isFirst else None
        if do in ("take", "put", "index", "remove", "find"):
            return self.doneWithSequence(node, do, which, value, other, flag, filled)
        if do == "next":
            return browser.SelectNextItem(number)
        if do == "item" and 0 <= number < browser.GetNumberOfItems():
            browser.SetSelectedItemNumber(number)
        if do == "value":
            return bool(browser.SetSelectedItemByIndexValue(value, flag))
        if do == "ends":
            return browser.SelectFirstItem() if flag else browser.SelectLastItem()
        if do == "mode":
            browser.SetIndexDisplayMode(int(flag))
        return self.doneWithProxy(node, do, number, flag, filled) if self.isShown(node) else None

    def doneWithSequence(self, node, do, which, value, other, flag, filled):
        if do == "take" and node.GetNumberOfDataNodes() > 1:
            node.RemoveDataNodeAtValue(value)
        elif do == "put":
            node.SetDataNodeAtValue(self.tools.make(self.plan["sequences"][which]["class"], filled), value)
        elif do == "index" and node.GetItemNumberFromIndexValue(other) < 0 <= node.GetItemNumberFromIndexValue(value):
            node.UpdateIndexValue(value, other)
        elif do == "remove" and filled > 800:
            self.scene.RemoveNode(node)
        elif do == "find":
            return node.GetItemNumberFromIndexValue(value, flag)
        return None

    def doneWithProxy(self, node, do, number, flag, filled):
        browser, proxy = self.browser, self.browser.GetProxyNode(node)
        if do == "unshow":
            browser.RemoveSynchronizedSequenceNode(node.GetID())
        elif do == "playback":
            browser.SetPlayback(node, flag)
        elif do == "save":
            browser.SetSaveChanges(node, flag)
        elif do == "name":
            browser.SetOverwriteProxyName(node, flag)
        elif do == "missing":
            browser.SetMissingItemMode(node, self.tools.modes[number % 5])
        elif do == "change" and proxy:
            self.tools.fill(proxy, filled)
