"""What stands before a series' description: its picture, a symbol of its kind, or that there should be one."""

import numpy
import pytest

from DICOMLib.Database.Thumbnails import SeriesThumbnail
from DICOMLib.Pixels.PNG import encodePNG

pytestmark = pytest.mark.gui

COLOURS = numpy.zeros((128, 64, 3), "uint8")
COLOURS[:64] = 255, 0, 0
COLOURS[64:] = 0, 0, 255


def loaded(picture=None, problem=""):
    from qtpy.QtGui import QImage

    from DICOMLib.Widgets.ThumbnailLoader import LoadedThumbnail

    contents = b"" if picture is None else encodePNG(picture)
    return LoadedThumbnail(SeriesThumbnail(contents, problem), QImage.fromData(contents, "PNG"))


@pytest.fixture
def drawn(qtbot):
    """``drawn(thumbnail, modality)`` draws one series' row with a tile of 40 pixels; ``drawn.at(x, y)`` in the tile."""
    from DICOMLib.Widgets.DICOMTableView import DICOMTableView
    from DICOMLib.Widgets.SeriesModel import DESCRIPTION, SeriesModel
    from DICOMLib.Widgets.ThumbnailDelegate import ThumbnailDelegate
    from Testing.DICOMLib.Widgets.FakeLogic import seriesRow

    class Drawn:
        def __call__(self, thumbnail, modality="CT", size=40):
            view = DICOMTableView(SeriesModel(), "Series", "series", "series")
            qtbot.addWidget(view)
            self.delegate = ThumbnailDelegate(lambda _uid: thumbnail, view.table)
            self.delegate.size = size
            view.table.setItemDelegateForColumn(DESCRIPTION, self.delegate)
            view.setRowHeight(44, {DESCRIPTION: self.delegate.extraWidth})
            view.setRecords([seriesRow("1.2", "1", description="Head", Modality=modality)])
            view.resize(500, 200)
            with qtbot.waitExposed(view):
                view.show()
            self.cell = view.table.visualRect(view.table.model().index(0, DESCRIPTION))
            self.image = view.table.viewport().grab().toImage()
            self.table = view.table
            self.index = view.table.model().index(0, DESCRIPTION)
            return self

        def at(self, x, y):
            color = self.image.pixelColor(self.cell.left() + 4 + x, self.cell.top() + 2 + y)
            return color.red(), color.green(), color.blue()

    return Drawn()


def test_thePictureIsFittedIntoABlackSquareInItsProportions(drawn):
    """64 × 128 pixels, red above blue, in a square of 40: 20 wide in the middle."""
    drawn(loaded(COLOURS))
    assert drawn.at(20, 3) == (255, 0, 0) and drawn.at(20, 36) == (0, 0, 255)
    assert drawn.at(2, 20) == drawn.at(38, 20) == (0, 0, 0)


def test_aSmallPictureIsEnlargedToTheSameSize(drawn):
    drawn(loaded(numpy.full((8, 8), 180, "uint8")))
    assert drawn.at(1, 1) == drawn.at(38, 38) == (180, 180, 180)


def lettersOrLines(drawn):
    """How many different colours are in the tile: one when it is empty."""
    return len({drawn.at(x, y) for x in range(0, 40) for y in range(0, 40)})


@pytest.mark.parametrize("modality", ["SR", "RTSTRUCT", "KO", "PR", "ECG", "RTPLAN", "REG", "SEG", "??"])
def test_aSeriesWithoutImageHasASymbol(drawn, modality):
    assert lettersOrLines(drawn(loaded(), modality)) > 3


def test_aPictureThatIsNotHereYetIsAnEmptySquare(drawn):
    assert lettersOrLines(drawn(None)) == 1


def test_withoutPicturesTheTextStandsWhereItAlwaysStood(drawn):
    drawn(loaded(COLOURS), size=0)
    assert drawn.delegate.leftPadding() == 4 and drawn.at(20, 3) != (255, 0, 0)


def test_symbolsTellWhatIsInTheSeriesAndWhatFailed():
    from DICOMLib.ResourcePaths import resourcePath
    from DICOMLib.Widgets.ThumbnailDelegate import FAILED_ICON, MODALITY_ICONS, OTHER_ICON, iconName

    assert iconName({"Modality": "SR"}, loaded()) == "Report"
    assert iconName({"Modality": " RTSTRUCT "}, loaded()) == "Contours"
    assert iconName({"Modality": "CT"}, loaded()) == iconName({"Modality": None}, loaded()) == OTHER_ICON
    assert iconName({"Modality": "SR"}, loaded(problem="x")) == FAILED_ICON
    for name in {*MODALITY_ICONS.values(), FAILED_ICON, OTHER_ICON}:
        assert resourcePath("Icons", f"{name}.svg").is_file()


def test_theToolTipShowsThePictureInLargeAndNothingFromAFileAsMarkup():
    from DICOMLib.Widgets.ThumbnailDelegate import previewText

    record = {"Modality": "CT", "size": "512×512", "instanceCount": 3}
    text = previewText(record, loaded(COLOURS), "<b>Head</b> & neck")
    assert '<img src="data:image/png;base64,' in text
    assert "&lt;b&gt;Head&lt;/b&gt; &amp; neck" in text and "CT · 512×512 · 3 images" in text


def test_theToolTipSaysWhyThereIsNoPicture():
    from DICOMLib.Widgets.ThumbnailDelegate import previewText

    text = previewText({"Modality": "CT", "size": "", "instanceCount": 1}, loaded(problem="cut <short>"), "Head")
    assert "<img" not in text and "No preview: cut &lt;short&gt;" in text and "CT · 1 object" in text
    assert len(previewText({}, loaded(problem="x" * 5000), "Head")) < 400


def test_theToolTipIsShownByTheTable(drawn, qtbot):
    from qtpy.QtCore import QEvent
    from qtpy.QtGui import QHelpEvent
    from qtpy.QtWidgets import QApplication, QToolTip

    drawn(loaded(COLOURS))
    place = drawn.cell.center()
    event = QHelpEvent(QEvent.ToolTip, place, drawn.table.viewport().mapToGlobal(place))
    QApplication.sendEvent(drawn.table.viewport(), event)
    assert "<img" in QToolTip.text()
    QToolTip.hideText()
