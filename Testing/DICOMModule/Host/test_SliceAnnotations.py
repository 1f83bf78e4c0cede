import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkRenderer

from DICOMModule.Host.SliceAnnotations import SliceAnnotations, roundLength
from DICOMModule.Host.SliceGeometry import ORIENTATIONS, SliceGeometry

TEXTS = {"topLeft": "3: CT head", "bottomLeft": "W 400  L 40"}


@pytest.fixture
def annotations():
    return SliceAnnotations(vtkRenderer())


def test_letters_stand_at_the_edges(annotations):
    annotations.update(SliceGeometry(axes=ORIENTATIONS["Axial"], width=300, height=300), TEXTS, None)
    assert annotations.letters() == {"left": "R", "right": "L", "top": "A", "bottom": "P"}


def test_an_empty_view_says_nothing(annotations):
    annotations.update(SliceGeometry(width=300, height=300), {}, None)
    assert set(annotations.letters().values()) == {""}
    assert annotations.cornerText("topLeft") == ""


def test_small_views_keep_the_letters_only(annotations):
    annotations.update(SliceGeometry(width=150, height=150), TEXTS, None)
    assert annotations.cornerText("topLeft") == "" and annotations.letters()["right"] == "L"


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (150, ["b 1000", "R.71 P.12 S.70"]),
        (300, ["12: A long name of…", "b 1000", "R.71 P.12 S.70"]),
        (600, ["12: A long name of a series", "volume 3 of 65, b = 1000 s/mm²", "direction R 0.71  P 0.12  S 0.70"]),
    ],
)
def test_b_value_and_direction_are_kept_where_there_is_little_room(annotations, width, shown):
    lines = ["12: A long name of a series", "volume 3 of 65, b = 1000 s/mm²", "direction R 0.71  P 0.12  S 0.70"]
    annotations.update(SliceGeometry(width=width, height=300), {"topLeft": "\n".join(lines)}, None)
    found = annotations.cornerText("topLeft").split("\n")
    assert found[-2:] == shown[-2:] and len(found) == len(shown)


def test_long_names_are_elided(annotations):
    annotations.update(SliceGeometry(width=300, height=300), {"topLeft": "x" * 200}, None)
    text = annotations.cornerText("topLeft")
    assert text.endswith("…") and len(text) < 40


def widthOf(text, renderer):
    """Pixels that a text takes when it is drawn in the corner."""
    annotations, size = SliceAnnotations(renderer), [0.0, 0.0]
    annotations.update(SliceGeometry(width=300, height=300), {"topLeft": text}, None)
    renderer.GetRenderWindow().Render()
    actor = next(prop for prop in renderer.GetViewProps() if prop.IsA("vtkTextActor") and prop.GetInput())
    actor.GetSize(renderer, size)
    renderer.RemoveAllViewProps()
    return size[0], annotations.cornerText("topLeft")


@pytest.mark.gui
@pytest.mark.parametrize("name", ["$x$", "$\\frac{a}{b$", "T1|T2", "a|$b$|c", "100 $"])
def test_names_are_drawn_letter_by_letter_and_never_read_as_formulas(name, capfd):
    import vtkmodules.vtkRenderingMatplotlib  # as every program that draws plots
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    renderer, window = vtkRenderer(), vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetSize(300, 300)
    window.AddRenderer(renderer)
    widthOf("first", renderer)
    capfd.readouterr()  # what VTK says once about the system it runs on is of no interest here
    width, text = widthOf(name, renderer)
    similar, _ = widthOf(name.replace("$", "8").replace("|", "8"), renderer)
    assert text == name
    assert width == pytest.approx(similar, rel=0.2)
    assert capfd.readouterr().err == ""


def test_each_kind_can_be_switched_off(annotations):
    annotations.cornersVisible = annotations.lettersVisible = False
    annotations.update(SliceGeometry(width=300, height=300), TEXTS, np.zeros(3))
    assert annotations.cornerText("bottomLeft") == "" and annotations.letters()["top"] == ""


@pytest.mark.parametrize("atMost, length", [(99, 50), (100, 100), (23, 20), (0.7, 0.5), (1.0, 1.0), (0, 1.0)])
def test_the_ruler_has_a_round_length(atMost, length):
    assert roundLength(atMost) == pytest.approx(length)
