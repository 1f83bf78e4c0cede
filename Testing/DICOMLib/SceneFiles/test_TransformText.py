"""ITK's text files of transforms, number by number, without ITK."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import FileError
from DICOMLib.SceneFiles.TransformText import (
    AFFINE,
    FIELD,
    INVERSE,
    ItkTransform,
    exactMatrix,
    parseTransformText,
    transformText,
)

SOURCE = Path("a.tfm")
TURN = ItkTransform(AFFINE, numpy.array([0, -1, 0, 1, 0, 0, 0, 0, 1, 10, 20, 1 / 3]), numpy.zeros(3))
HEAD = "#Insight Transform File V1.0\n#Transform 0\n"


def only(content: str) -> ItkTransform:
    (found,) = parseTransformText(content, SOURCE)
    return found


def text(name: str = "AffineTransform_double_3_3", parameters: str = "1 0 0 0 1 0 0 0 1 0 0 0", fixed="0 0 0") -> str:
    return f"{HEAD}Transform: {name}\nParameters: {parameters}\nFixedParameters: {fixed}\n"


def test_aTransformIsWrittenAsItkDoes():
    assert transformText(TURN) == (
        f"{HEAD}Transform: AffineTransform_double_3_3\n"
        "Parameters: 0.0 -1.0 0.0 1.0 0.0 0.0 0.0 0.0 1.0 10.0 20.0 0.3333333333333333\n"
        "FixedParameters: 0.0 0.0 0.0\n\n"
    )


def test_anInverseFieldSaysSoInItsName():
    written = transformText(ItkTransform(INVERSE + FIELD, numpy.zeros(3), numpy.arange(18)))
    assert "Transform: InverseDisplacementFieldTransform_double_3_3\n" in written


def test_numbersReadBackToTheLastDigit_andMinusZeroIsZero():
    values = numpy.array([-0.0, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, -2, 0, 0, 0, 0, 0, 0])
    found = only(transformText(ItkTransform(AFFINE, values, numpy.zeros(3))))
    assert found.parameters.tolist() == values.tolist()
    assert not numpy.signbit(found.parameters[0])
    assert (found.name, found.fixed.tolist()) == (AFFINE, [0, 0, 0])


def test_theMatrixOfTheNodeIsARemark():
    matrix = numpy.array([[1, 0, 0, 1 / 3], [0, 1, 0, -0.0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    written = transformText(TURN, matrix)
    assert written.splitlines()[:3] == [
        "#Insight Transform File V1.0",
        "#ToParentRAS: 1.0 0.0 0.0 0.3333333333333333 0.0 1.0 0.0 0.0 0.0 0.0 1.0 0.0 0.0 0.0 0.0 1.0", "#Transform 0",
    ]  # fmt: skip
    assert numpy.array_equal(exactMatrix(written), matrix)
    assert only(written).parameters.tolist() == TURN.parameters.tolist()


@pytest.mark.parametrize(
    "remark",
    ["", "#ToParentRAS: 1 2", "#ToParentRAS: " + "x " * 16, "#ToParentRAS: " + "nan " * 16,
     "#ToParentRAS: " + "1 " * 17, "ToParentRAS: " + "1 " * 16],
)  # fmt: skip
def test_aRemarkThatIsNoMatrixIsNone(remark):
    assert exactMatrix(f"{HEAD}{remark}\n") is None


def test_remarksAreLookedForAtTheStartOnly():
    remark = "#ToParentRAS: " + "1 " * 16
    assert exactMatrix("\n" * (2000 - len(remark)) + remark) is not None
    assert exactMatrix("\n" * 2000 + remark) is None


def test_theMatrixIsAboutTheCentre():
    found = only(text(parameters="0 -1 0 1 0 0 0 0 1 10 20 30", fixed="1 2 3"))
    expected = [[0, -1, 0, 10 + 1 + 2], [1, 0, 0, 20 + 2 - 1], [0, 0, 1, 30], [0, 0, 0, 1]]
    assert found.matrixLPS().tolist() == expected
    without = only(text(parameters="0 -1 0 1 0 0 0 0 1 10 20 30", fixed=""))
    assert without.matrixLPS()[:, 3].tolist() == [10, 20, 30, 1]


@pytest.mark.parametrize(
    ("name", "parameters", "fixed", "isAffine", "isField"),
    [
        ("AffineTransform", 12, 3, True, False), ("MatrixOffsetTransformBase", 12, 0, True, False),
        ("AffineTransform", 11, 3, False, False), ("AffineTransform", 12, 2, False, False),
        ("VersorRigid3DTransform", 12, 3, False, False), ("DisplacementFieldTransform", 24, 18, False, True),
        ("InverseDisplacementFieldTransform", 24, 18, False, True),
        ("DisplacementFieldTransform", 24, 17, False, False),
        ("InverseAffineTransform", 12, 3, False, False), ("BSplineTransform", 24, 18, False, False),
    ],
)  # fmt: skip
def test_whatIsReadWithoutItkIsAMatrixOrAField(name, parameters, fixed, isAffine, isField):
    one = only(text(f"{name}_double_3_3", "1 " * parameters, "1 " * fixed))
    assert (one.name, one.isAffine(), one.isField()) == (name, isAffine, isField)


def test_floatsAndWhatElseIsInTheFileDoNotMatter():
    assert only(text("AffineTransform_float_3_3") + "#a remark: x\nother: x\nno name\n").name == AFFINE
    assert only(text().replace("\n", "\r\n")).isAffine()
    assert len(only(text().replace("FixedParameters: 0 0 0\n", "")).fixed) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "this is not a transform file of ITK"), ("x" + text(), "this is not a transform file of ITK"),
        (text() + "#Transform 1\n" + text()[len(HEAD):], "only files with one transform can be read"),
        (HEAD, "only files with one transform can be read"), (text() + "Parameters: 1\n", "not understood"),
        (text().replace("\nParameters", "\nP"), "incomplete or not understood"),
        (text("AffineTransform_double_2_2"), r"not understood \(AffineTransform_double_2_2\)"),
        (text("AffineTransform_double_3_2"), "not understood"), (text("AffineTransform_double_2_3"), "not understood"),
        (text("AffineTransform_3_3"), "not understood"), (text("A_f_double_3_3"), "not understood"),
        (text(parameters="1 x"), "a parameter that is no number"), (text(fixed="x"), "a parameter that is no number"),
        (text(parameters="1 nan"), "a parameter that is not finite"), (text(fixed="inf"), "not finite"),
    ],
)  # fmt: skip
def test_whatIsNoTransformIsRefusedByItsFile(content, words):
    with pytest.raises(FileError, match=words) as caught:
        parseTransformText(content, SOURCE)
    assert caught.value.where == "a.tfm"
