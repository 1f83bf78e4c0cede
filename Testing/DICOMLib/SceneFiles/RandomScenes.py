"""Scenes made by chance, the same for each seed: nodes of every kind with strange names, places and values."""

from __future__ import annotations

import hashlib
import json
import math

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkFloatArray, vtkIntArray, vtkStringArray, vtkUnsignedCharArray
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Geometry.Patient import transformedPoints
from DICOMLib.Scene.GridTransforms import PlacedGrid, movedPoints
from DICOMLib.Scene.Matrices import arrayFromMatrix, matrixFromArray
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.TransformParts import PlacedMatrix, PlacedSpline, PlacedThinPlate
from DICOMLib.SceneFiles.RegionNodes import keptNodeFor
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode

TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64")
_WORDS = (
    "a", "CT 1", "ä ö", "肝臓", "<b>&\"'", "50 %", "%3B", "x;y", "a|b", "a:b", "C:\\d", "~", "#", "é" * 40,
    "😀", "=", " ",
)  # fmt: skip
_LIVER = "Segmentation category~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~Anatomic codes~^^~^^"


class RandomScenes:
    """One after the other from one source of chance.

    :param isForSlicer: leave out what 3D Slicer's own files do not hold
    """

    def __init__(self, seed: int, isForSlicer: bool = False):
        self.random = numpy.random.default_rng(seed)
        self.isForSlicer = isForSlicer

    def scene(self) -> Scene:
        """Some fifty nodes, under transforms that are under transforms, in folders of studies of patients."""
        scene = Scene()
        transforms = [make() for make in (self._linear, self._linear, self._grid, self._spline, self._composite)]
        makers = (
            self._volume, self._volume, self._labels, self._vectors, self._weighted, self._tensors, self._model,
            self._segmentation, self._table, self._text, self._colors, self._sequence, self._sequence,
        )  # fmt: skip
        nodes = [*transforms, *(make() for make in makers)]
        for number, node in enumerate(nodes):
            node.SetName(f"{self.words()} {number}")
            for _ in range(self.random.integers(0, 4)):
                node.SetAttribute(self.name() + "n", self.words() + " v")
            if self.random.random() < 0.5:
                node.SetDescription(self.words())
            scene.AddNode(node)
        for number, node in enumerate(nodes):
            self._place(node, transforms[: number if number < len(transforms) else None])
        self._hierarchy(scene, nodes)
        self._browsers(scene, [node for node in nodes if node.IsA("vtkMRMLSequenceNode")])
        self._regions(scene, transforms)
        return scene

    def words(self) -> str:
        """Never blank at the ends: in lists of attributes 3D Slicer takes those away."""
        return "w" + "".join(self.random.choice(_WORDS, self.random.integers(1, 4))) + "w"

    def name(self) -> str:
        """Of what 3D Slicer has in lists in which it encodes nothing."""
        found = self.words()
        return "".join(one for one in found if one not in ":;|^") if self.isForSlicer else found

    def _place(self, node: vtkMRMLNode, above: list[vtkMRMLNode]) -> None:
        if above and hasattr(node, "SetAndObserveTransformNodeID") and self.random.random() < 0.6:
            node.SetAndObserveTransformNodeID(above[self.random.integers(len(above))].GetID())
        isShown = self.random.random() < 0.8 or (self.isForSlicer and node.IsA("vtkMRMLSegmentationNode"))
        if isShown and hasattr(node, "CreateDefaultDisplayNodes"):
            node.CreateDefaultDisplayNodes()
            display = node.GetDisplayNode()
            if display is not None:
                self._show(display)

    def _show(self, display: vtkMRMLNode) -> None:
        display.SetOpacity(float(self.random.choice([0, 1, 1e-12, self.random.random()])))
        display.SetColor(*self.random.random(3).tolist())
        display.SetVisibility(bool(self.random.integers(2)))
        if display.IsA("vtkMRMLScalarVolumeDisplayNode"):
            display.SetWindowLevel(float(self.random.choice([1e-9, 1e15, 400])), float(self.random.normal() * 1e6))
            display.SetThreshold(-1e300, float(self.random.normal()))
            display.SetInterpolate(bool(self.random.integers(2)))

    def place(self) -> numpy.ndarray:
        """Sheared, left-handed half of the time, voxels of very different sides."""
        matrix = numpy.eye(4)
        turn = numpy.linalg.qr(self.random.normal(size=(3, 3)))[0]
        shear = numpy.eye(3) + numpy.triu(self.random.normal(size=(3, 3)) * 0.2, 1)
        matrix[:3, :3] = turn @ shear * self.random.choice([0.01, 0.7, 1, 5, 90.5], 3)
        matrix[:3, 3] = self.random.normal(size=3) * 1000
        return matrix

    def shape(self) -> tuple[int, ...]:
        return (1, 1, 1) if self.random.random() < 0.2 else tuple(self.random.integers(1, 7, 3).tolist())

    def values(self, name: str, shape: tuple[int, ...]) -> numpy.ndarray:
        if numpy.dtype(name).kind == "f":
            return (self.random.normal(size=shape) * 10.0 ** self.random.integers(-30, 30)).astype(name)
        limits = numpy.iinfo(name)
        return self.random.integers(limits.min, limits.max, shape, dtype=name, endpoint=True)

    def make(self, className: str, array: numpy.ndarray) -> vtkMRMLNode:
        node = Scene().CreateNodeByClass(className)
        node.setVoxelArray(array)
        node.SetIJKToRASMatrix(self.place())
        return node

    def _volume(self) -> vtkMRMLNode:
        return self.make("vtkMRMLScalarVolumeNode", self.values(str(self.random.choice(TYPES)), self.shape()))

    def _labels(self) -> vtkMRMLNode:
        name = str(self.random.choice(["uint8", "int16", "uint32"]))
        return self.make("vtkMRMLLabelMapVolumeNode", self.values(name, self.shape()))

    def _vectors(self) -> vtkMRMLNode:
        name, count = str(self.random.choice(["uint8", "uint16", "float32", "float64"])), self.random.integers(2, 6)
        count = min(count, 4) if self.isForSlicer else count
        node = self.make("vtkMRMLVectorVolumeNode", self.values(name, (*self.shape(), count)))
        isFloat = name.startswith("float")
        node.SetVoxelVectorType({(3, True): 1, (3, False): 2, (4, False): 3}.get((int(count), isFloat), 0))
        return node

    def _weighted(self) -> vtkMRMLNode:
        count = int(self.random.integers(7, 12))  # of fewer 3D Slicer writes no gradients
        node = self.make("vtkMRMLDiffusionWeightedVolumeNode", self.values("int16", (*self.shape(), count)))
        gradients = self.random.normal(size=(count, 3))
        gradients /= numpy.linalg.norm(gradients, axis=1)[:, None]
        gradients[0] = 0
        node.SetDiffusionGradients(gradients)
        node.SetBValues([0.0, *self.random.choice([500.0, 1000.0, 2500.0], count - 1).tolist()])
        return node

    def _tensors(self) -> vtkMRMLNode:
        half = self.random.normal(size=(*self.shape(), 3, 3)).astype("float32")
        both = half + half.swapaxes(3, 4)
        return self.make("vtkMRMLDiffusionTensorVolumeNode", both.reshape(*both.shape[:3], 9))

    def _linear(self) -> vtkMRMLNode:
        node = Scene().CreateNodeByClass("vtkMRMLLinearTransformNode")
        node.SetMatrixTransformToParent(matrixFromArray(self.place()))
        return node

    def _placedGrid(self) -> tuple[numpy.ndarray, DisplacementGrid]:
        turn = numpy.eye(4)
        turn[:3, :3] = numpy.linalg.qr(self.random.normal(size=(3, 3)))[0]
        turn[:3, :3] *= numpy.linalg.det(turn[:3, :3])
        turn[:3, :3] *= self.random.uniform(1, 9, 3)
        return turn, DisplacementGrid(self.random.normal(size=(4, 5, 3, 3)) * 0.1, (0, 0, 0), (1, 1, 1))

    def _grid(self) -> vtkMRMLNode:
        node = Scene().CreateNodeByClass("vtkMRMLGridTransformNode")
        isFromParent = bool(self.random.random() < 0.5)
        node.setPlacedGrid(PlacedGrid(*self._placedGrid(), isFromParent, isCubic=True))
        return node

    def _placedSpline(self) -> PlacedSpline:
        return PlacedSpline(self._placedGrid()[0], self.random.normal(size=(6, 5, 7, 3)), True)

    def _spline(self) -> vtkMRMLNode:
        node = Scene().CreateNodeByClass("vtkMRMLBSplineTransformNode")
        node.setPartsFromParent([self._placedSpline()])
        return node

    def _composite(self) -> vtkMRMLNode:
        node = Scene().CreateNodeByClass("vtkMRMLTransformNode")
        parts = [PlacedMatrix(self.place()), self._placedSpline(), PlacedGrid(*self._placedGrid(), True, True)]
        sources = self.random.normal(size=(7, 3)) * 50
        parts.append(PlacedThinPlate(sources, sources + self.random.normal(size=(7, 3)), True))
        node.setPartsFromParent([parts[n] for n in self.random.permutation(4)])
        return node

    def _model(self) -> vtkMRMLNode:
        node, source = Scene().CreateNodeByClass("vtkMRMLModelNode"), vtkSphereSource()
        source.SetRadius(float(self.random.uniform(0.1, 100)))
        source.Update()
        surface = source.GetOutput()
        values = numpy_to_vtk(self.random.normal(size=surface.GetNumberOfPoints()), deep=True)
        values.SetName("values of " + "肝")
        surface.GetPointData().AddArray(values)
        node.SetAndObservePolyData(surface)
        return node

    def _segmentation(self) -> vtkMRMLNode:
        node = Scene().CreateNodeByClass("vtkMRMLSegmentationNode")
        shape = tuple(self.random.integers(2, 7, 3).tolist())
        segmentation = node.GetSegmentation()
        segmentation.setLayers([numpy.zeros(shape, numpy.uint8)], self.place())
        for number in range(self.random.integers(1, 40)):
            color = self.random.random(3).round(6).tolist()  # as many digits as Slicer keeps
            name = segmentation.AddEmptySegment(name=f"{self.words()} {number}", color=color)
            if self.random.random() < 0.9:
                segmentation.setSegmentArray(name, self.random.random(shape) < self.random.choice([0.05, 0.5]))
            if self.isForSlicer or self.random.random() < 0.5:
                segmentation.GetSegment(name).SetTerminology(_LIVER)
        return node

    def _table(self) -> vtkMRMLNode:
        node, rows = Scene().CreateNodeByClass("vtkMRMLTableNode"), int(self.random.integers(1, 5))
        kinds = (vtkStringArray, vtkDoubleArray, vtkFloatArray, vtkIntArray, vtkUnsignedCharArray)
        for number, kind in enumerate(kinds[: 4 if self.isForSlicer else 5]):
            column = kind()
            column.SetName(f"column {number} ä")
            for _ in range(rows):
                isText = kind is vtkStringArray
                column.InsertNextValue(f"{self.random.integers(9)}" if isText else int(self.random.integers(0, 255)))
            node.AddColumn(column)
            node.SetColumnUnitLabel(column.GetName(), "mm")
        return node

    def _text(self) -> vtkMRMLNode:
        node = Scene().CreateNodeByClass("vtkMRMLTextNode")
        text = " ".join(self.words() for _ in range(self.random.choice([1, 5, 200])))
        node.SetText(text, int(self.random.integers(0, 21)))
        return node

    def _colors(self) -> vtkMRMLNode:
        node, count = Scene().CreateNodeByClass("vtkMRMLColorTableNode"), int(self.random.integers(1, 9))
        node.SetNumberOfColors(count)
        for number in range(count):
            node.SetColor(number, f"color{number}", *(self.random.integers(0, 256, 4) / 255).tolist())
        return node

    def _sequence(self) -> vtkMRMLNode:
        node, place = Scene().CreateNodeByClass("vtkMRMLSequenceNode"), self.place()
        kind, shape = self.random.integers(1 if self.isForSlicer else 0, 8), self.shape()
        others = {0: self._linear, 1: self._text, 4: self._grid, 5: self._model, 6: self._table, 7: self._colors}
        if self.random.random() < 0.5:
            node.SetIndexType(node.TextIndex)
        # 3D Slicer writes these as they are, also what is no XML then.
        told = "trigger time (肝) 50%;" if self.isForSlicer else self.words()
        node.SetIndexName(told)
        node.SetIndexUnit(str(self.random.choice(["ms", "s/mm²", "%", told])))
        node.SetNumericIndexValueTolerance(float(self.random.choice([0.001, 0.25])))
        for number in range(self.random.integers(1, 5)):
            data = others.get(int(kind), self._volume)()
            if kind == 2:  # all in one file
                data.setVoxelArray(self.values("int16", shape))
                data.SetIJKToRASMatrix(place)
            node.addDataNode(data, f"{number + 0.5}")
        return node

    def _browsers(self, scene: Scene, sequences: list[vtkMRMLNode]) -> None:
        """One of each sequence, and one of all, with proxies of other names than the sequences have."""
        for number, shown in enumerate([*([one] for one in sequences), sequences]):
            browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{self.words()} browser {number}")
            for which, sequence in enumerate(self.random.permutation(numpy.array(shown, object))):
                name = f"{self.words()} proxy {number}.{which}"
                proxy = scene.AddNewNodeByClass(sequence.GetDataNodeClassName(), name)
                browser.AddProxyNode(proxy, sequence, False)
                browser.SetMissingItemMode(sequence, int(self.random.choice([0, 3, 4])))
                browser.SetOverwriteProxyName(sequence, bool(self.random.integers(2)) and len(shown) == 1)
                browser.SetRecording(sequence, bool(self.random.integers(2)))
            browser.SetSelectedItemNumber(int(self.random.integers(browser.GetNumberOfItems())))
            browser.SetPlayback(sequences[0], bool(self.random.integers(2)))
            browser.SetPlaybackRateFps(float(self.random.choice([0.1, 12.5, 60])))
            browser.SetPlaybackLooped(bool(self.random.integers(2)))
            browser.SetIndexDisplayMode(int(self.random.integers(2)))
            # 3D Slicer writes it as it is, also what is no XML then.
            formats = ["%.1f", "%s;|", "%g ms" if self.isForSlicer else '<%g> "']
            browser.SetIndexDisplayFormat(str(self.random.choice(formats)))

    def _regions(self, scene: Scene, transforms: list[vtkMRMLNode]) -> None:
        """Of both kinds, one under a transform."""
        node = keptNodeFor("vtkMRMLMarkupsROINode", "MarkupsROI")
        turn = numpy.linalg.qr(self.random.normal(size=(3, 3)))[0]
        turn[:, 2] *= numpy.linalg.det(turn)
        center = (self.random.normal(size=3) * 100).tolist()
        mark = {"type": "ROI", "coordinateSystem": "LPS", "coordinateUnits": "mm", "locked": False, "roiType": "Box",
                "center": center, "orientation": turn.ravel().tolist(), "insideOut": False,
                "size": self.random.uniform(1, 99, 3).tolist(), "labelFormat": "%N-%d",
                "controlPoints": [{"id": "1", "label": self.words(), "position": center}]}  # fmt: skip
        node.keptFiles["region.mrk.json"] = json.dumps({"markups": [mark]}).encode()
        storage = vtkMRMLUnknownNode("vtkMRMLMarkupsROIJsonStorageNode", "MarkupsROIJsonStorage")
        storage.keptAttributes["fileName"] = "region.mrk.json"
        for one, kind in ((node, "region"), (storage, "storage")):
            one.SetName(f"{self.words()} {kind}")
            scene.AddNode(one)
        node.SetNodeReferenceID("storage", storage.GetID())
        node.SetNodeReferenceID("transform", transforms[0].GetID())
        old = keptNodeFor("vtkMRMLAnnotationROINode", "AnnotationROI")
        old.SetName(f"{self.words()} old region")
        old.keptAttributes["ctrlPtsCoord"] = "1 2.5 -3|4 5 6.25"
        scene.AddNode(old)

    def _hierarchy(self, scene: Scene, nodes: list[vtkMRMLNode]) -> None:
        hierarchy, folders = scene.GetSubjectHierarchyNode(), []
        for number in range(2):
            patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), self.words())
            hierarchy.SetItemUID(patient, "DICOM", f"{number} {self.name()}")
            hierarchy.SetItemAttribute(patient, "DICOM.PatientName", self.name())
            study = hierarchy.CreateStudyItem(patient, self.words())
            hierarchy.SetItemUID(study, "DICOM", f"1.2.{number}")
            folders += [patient, study, hierarchy.CreateFolderItem(study, self.words())]
        for node in nodes:
            item = hierarchy.GetItemByDataNode(node)
            if item and self.random.random() < 0.6:
                hierarchy.SetItemParent(item, folders[self.random.integers(len(folders))])


# What scenes hold


def factsOf(scene: Scene) -> dict[str, dict]:
    """By name: class, attributes, parent, display, and data: voxels as digests, all else as it is."""
    others = ("vtkMRMLDisplayNode", "vtkMRMLStorageNode", "vtkMRMLSubjectHierarchyNode")
    nodes = [node for node in scene.nodes() if not any(node.IsA(name) for name in others)]
    return {node.GetName(): _nodeFacts(node) for node in nodes} | {"tree": _tree(scene)}


def inSlicer(facts: dict[str, dict]) -> dict[str, dict]:
    """The same as 3D Slicer tells it: displays in six digits, and without what it adds."""
    for name, found in facts.items():
        if name == "tree":
            continue
        for one, value in found.get("display", {}).items():
            found["display"][one] = [_short(n) for n in value] if isinstance(value, tuple) else _short(value)
        added = ("DWMRI_", "modality", "NRRD_", "space", "measurement frame", "Sequences.")
        found["attributes"] = {n: v for n, v in found["attributes"].items() if not n.startswith(added)}
        if found["class"] == "vtkMRMLColorTableNode":
            found["description"] = ""
    return facts


def _short(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _nodeFacts(node: vtkMRMLNode) -> dict:
    found = {"class": node.GetClassName(), "description": node.GetDescription() or "", "data": _data(node)}
    names = [name for name in node.GetAttributeNames() if name not in ("NRRD_space", "DataNodeClassName")]
    found["attributes"] = {name: node.GetAttribute(name) for name in names}
    if node.IsA("vtkMRMLSequenceBrowserNode"):
        found["references"] = {
            role: None if node.GetNodeReference(role) is None else node.GetNodeReference(role).GetName()
            for role in node.GetNodeReferenceRoles() if node.GetNodeReferenceID(role)
        }  # fmt: skip
    parent = node.GetParentTransformNode() if hasattr(node, "GetParentTransformNode") else None
    found["parent"] = parent.GetName() if parent else None
    display = node.GetDisplayNode() if hasattr(node, "GetDisplayNode") else None
    if display is not None:
        asked = ("Opacity", "Color", "Visibility", "Window", "Level", "LowerThreshold", "UpperThreshold", "Interpolate",
                 "AutoWindowLevel", "ApplyThreshold")  # fmt: skip
        found["display"] = {one: getattr(display, f"Get{one}")() for one in asked if hasattr(display, f"Get{one}")}
    return found


def _tree(scene: Scene) -> list:
    tree = scene.GetSubjectHierarchyNode()
    return sorted(
        [tree.GetItemName(item), tree.GetItemName(tree.GetItemParent(item)), tree.GetItemLevel(item),
         tree.GetItemUID(item, "DICOM") or "",
         sorted((name, tree.GetItemAttribute(item, name)) for name in tree.GetItemAttributeNames(item))]
        for item in tree.GetItemChildren(tree.GetSceneItemID(), recursive=True)
    )  # fmt: skip


def _digest(array: numpy.ndarray) -> list:
    array = numpy.ascontiguousarray(array)
    return [str(array.dtype), list(array.shape), hashlib.sha256((array + array.dtype.type(0)).tobytes()).hexdigest()]


def _data(node: vtkMRMLNode) -> object:
    if node.IsA("vtkMRMLVolumeNode"):
        return _volumeData(node)
    if node.IsA("vtkMRMLTransformNode"):
        return _transformData(node)
    if node.IsA("vtkMRMLModelNode"):
        points = vtk_to_numpy(node.GetPolyData().GetPoints().GetData())
        values = vtk_to_numpy(node.GetPolyData().GetPointData().GetArray("values of 肝"))
        return [_digest(points), _digest(values), node.GetPolyData().GetNumberOfCells()]
    if node.IsA("vtkMRMLSegmentationNode"):
        return _segmentationData(node)
    if node.IsA("vtkMRMLTableNode"):
        table = node.GetTable()
        columns = [table.GetColumn(n) for n in range(table.GetNumberOfColumns())]
        cells = [[one.GetVariantValue(n).ToString() for n in range(one.GetNumberOfValues())] for one in columns]
        facts = [[one.GetName(), one.GetDataTypeAsString(), node.GetColumnUnitLabel(one.GetName())] for one in columns]
        return [cells, facts]
    if node.IsA("vtkMRMLSequenceBrowserNode"):
        names = ("SelectedItemNumber", "PlaybackRateFps", "PlaybackLooped", "IndexDisplayMode", "IndexDisplayFormat")
        of = [[one, node.synchronization(one).text()] for one in node.postfixes()]
        return [*(getattr(node, f"Get{name}")() for name in names), of]
    if hasattr(node, "boxInWorld"):
        box = node.boxInWorld()
        return [box.center.tolist(), box.axes.tolist(), box.size.tolist()]
    if node.IsA("vtkMRMLTextNode"):
        return [node.GetText(), node.GetEncoding()]
    if node.IsA("vtkMRMLColorTableNode"):
        return [[node.GetColorName(n), list(node.GetColor(n))] for n in range(node.GetNumberOfColors())]
    if node.IsA("vtkMRMLSequenceNode"):
        numbers = range(node.GetNumberOfDataNodes())
        return [[node.GetNthIndexValue(n) for n in numbers], node.GetIndexTypeAsString(),
                node.GetIndexName(), node.GetIndexUnit(), node.GetNumericIndexValueTolerance(),
                [_data(node.GetNthDataNode(n)) for n in numbers]]  # fmt: skip
    return None


def _volumeData(node: vtkMRMLNode) -> list:
    found = [_digest(node.voxelArray()), node.ijkToRASArray().tolist(), node.GetVoxelVectorType()]
    if node.IsA("vtkMRMLDiffusionWeightedVolumeNode"):
        found += [node.gradientsRAS().tolist(), node.bValuesArray().tolist()]
    if node.IsA("vtkMRMLDiffusionTensorVolumeNode"):
        found.append(node.measurementFrameArray().tolist())
    return found


def _transformData(node: vtkMRMLNode) -> list:
    """Points where they are moved to, the way that is no search."""
    if node.IsLinear():
        return arrayFromMatrix(node.GetMatrixTransformToParent()).tolist()
    grid = node.displacementGrid() if hasattr(node, "displacementGrid") else None
    isToParent = grid is not None and not grid.isFromParent
    way = node.GetTransformToParent() if isToParent else node.GetTransformFromParent()
    points = numpy.random.default_rng(0).uniform(0, 9, (20, 3))
    return [isToParent, movedPoints(way, points).tolist()]


def _segmentationData(node: vtkMRMLNode) -> list:
    segmentation, found = node.GetSegmentation(), []
    for name in segmentation.GetSegmentIDs():
        segment, array = segmentation.GetSegment(name), segmentation.segmentArray(name)
        kji = numpy.argwhere(array)
        world = transformedPoints(segmentation.ijkToRASArray(), kji[:, ::-1]) if len(kji) else kji
        found.append([name, segment.GetName(), list(segment.GetColor()), segment.GetTerminology(), world.tolist()])
    return found


def unequal(one: object, other: object, where: str = "") -> list[str]:
    """Where two of these differ; numbers may by 1e-9 of their size."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted({*one, *other}, key=str)
        return [line for name in names for line in unequal(one.get(name), other.get(name), f"{where}/{name}")]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [line for number, (a, b) in pairs for line in unequal(a, b, f"{where}/{number}")]
    if isinstance(one, float) and isinstance(other, float | int):
        isSame = math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-11)
    else:
        isSame = one == other
    return [] if isSame else [f"{where}: {str(one)[:200]} became {str(other)[:200]}"]
