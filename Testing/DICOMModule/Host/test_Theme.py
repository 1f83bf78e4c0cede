import re

import pytest
from qtpy.QtGui import QColor, QPalette

from DICOMLib.ResourcePaths import resourcePath
from DICOMModule.Host.Icons import STYLE_ICONS, icon, pixmap
from DICOMModule.Host.Theme import COLORS, applyTheme, darkPalette, rgb, styleSheet

pytestmark = pytest.mark.gui

ICONS = sorted(path.stem for path in resourcePath("Icons").glob("*.svg"))


def luminance(name):
    channels = [(part / 12.92) if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb(name)]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


@pytest.mark.parametrize(
    "text, background, least",
    [("text", "window", 7), ("text", "base", 7), ("text", "raised", 7), ("text", "selection", 4.5),
     ("textSoft", "window", 4.5), ("viewText", "viewBackground", 7), ("viewLetters", "viewBackground", 7)],
)  # fmt: skip
def test_text_can_be_read(text, background, least):
    light, dark = sorted((luminance(text), luminance(background)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def test_every_name_of_the_style_sheet_is_filled_in(qapp):
    sheet = styleSheet()
    assert "%(" not in sheet
    assert all(re.search(rf"url\([^)]*{name}\.svg\)", sheet) for name in STYLE_ICONS.values())


def test_the_theme_makes_an_application_dark(qapp):
    before = qapp.palette(), qapp.styleSheet()
    try:
        applyTheme(qapp)
        assert qapp.palette().color(QPalette.Window) == QColor(COLORS["window"])
    finally:
        qapp.setPalette(before[0])
        qapp.setStyleSheet(before[1])


def test_disabled_text_is_paler():
    palette = darkPalette()
    assert palette.color(QPalette.Disabled, QPalette.Text) == QColor(COLORS["textOff"])
    assert palette.color(QPalette.Active, QPalette.Text) == QColor(COLORS["text"])


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_can_be_drawn(qapp, name):
    assert not icon(name).isNull()
    picture = pixmap(name, 24).toImage()
    assert any(picture.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24))
