import re
import statistics

import pytest
from qtpy.QtGui import QColor, QIcon, QPalette
from qtpy.QtWidgets import QGroupBox, QStyleFactory

from DICOMLib.ResourcePaths import resourcePath
from DICOMLib.Settings import Settings
from DICOMLib.Widgets.ErrorReporting import ErrorReporter
from DICOMLib.Widgets.Icons import namedIcon
from DICOMModule.Host.AppearanceMenu import AppearanceMenu
from DICOMModule.Host.Icons import STYLE_ICONS, icon, pixmap
from DICOMModule.Host.Theme import (
    COLORS,
    DARK,
    DARK_COLORS,
    LIGHT,
    LIGHT_COLORS,
    SYSTEM,
    applyTheme,
    isLight,
    isSystemLight,
    rgb,
    styleSheet,
    themePalette,
)

pytestmark = pytest.mark.gui

ICONS = sorted(path.stem for path in resourcePath("Icons").glob("*.svg"))


@pytest.fixture
def themed(qapp):
    """The application; the colours of its look are as before at the end."""
    before = dict(COLORS)
    yield qapp
    COLORS.update(before)


def luminance(name):
    channels = [(part / 12.92) if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb(name)]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


@pytest.mark.parametrize("colors", [DARK_COLORS, LIGHT_COLORS], ids=["dark", "light"])
@pytest.mark.parametrize(
    "text, background, least",
    [("text", "window", 7), ("text", "base", 7), ("text", "raised", 7), ("text", "selection", 4.5),
     ("text", "accentDeep", 4.5), ("text", "alternate", 7), ("textSoft", "window", 4.5), ("textSoft", "panel", 4.5),
     ("textOff", "base", 3), ("warning", "window", 4.5), ("error", "base", 4.5), ("good", "base", 4.5),
     ("viewText", "viewBackground", 7), ("viewLetters", "viewBackground", 7)],
)  # fmt: skip
def test_text_can_be_read(colors, text, background, least):
    light, dark = sorted((luminance(colors[text]), luminance(colors[background])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def test_both_looks_have_the_same_colours():
    assert list(DARK_COLORS) == list(LIGHT_COLORS)


def test_every_name_of_the_style_sheet_is_filled_in(qapp):
    sheet = styleSheet()
    assert "%(" not in sheet
    assert all(re.search(rf"url\([^)]*{name}\.svg\)", sheet) for name in STYLE_ICONS.values())


def test_an_application_is_dark_or_light_as_it_is_told_to_be(themed):
    for appearance, colors in ((LIGHT, LIGHT_COLORS), (DARK, DARK_COLORS)):
        applyTheme(themed, appearance)
        assert themed.palette().color(QPalette.Window) == QColor(colors["window"])
        assert isLight() is (appearance == LIGHT)
        assert ("Icons/Light/Check.svg" in styleSheet()) is isLight()


def test_a_desktop_that_says_nothing_is_dark_and_one_that_is_light_is_followed(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    palette = QStyleFactory.create("Fusion").standardPalette()
    assert not isSystemLight(palette)
    palette.setColor(QPalette.Window, QColor("#F6F5F4"))
    assert isSystemLight(palette)
    palette.setColor(QPalette.Window, QColor("#353535"))
    assert not isSystemLight(palette)


def test_icons_follow_another_look(themed):
    def lines(mode=QIcon.Normal):
        picture = shown.pixmap(24, 24, mode).toImage()
        inked = [picture.pixelColor(x, y) for x in range(24) for y in range(24)]
        return statistics.median(color.lightness() for color in inked if color.alpha() > 200)

    applyTheme(themed, DARK)
    shown = icon("Camera")
    assert lines() > 180 > lines(QIcon.Disabled)
    applyTheme(themed, LIGHT)
    assert lines() < 90 < lines(QIcon.Disabled)
    own = QPalette()
    own.setColor(QPalette.ButtonText, QColor("#E0E0E0"))
    shown = namedIcon("Camera", own)  # of a widget with a palette of its own
    applyTheme(themed, DARK)
    applyTheme(themed, LIGHT)
    assert lines() > 180


def test_the_menu_changes_the_look_and_keeps_it(themed):
    settings = Settings()
    menu = AppearanceMenu(settings, ErrorReporter())
    assert [name for name, action in menu.choices.items() if action.isChecked()] == [SYSTEM]
    menu.choices[LIGHT].trigger()
    assert isLight() and settings.value("MainWindow/Appearance") == LIGHT
    menu.choices[DARK].trigger()
    assert not isLight() and settings.value("MainWindow/Appearance") == DARK


def test_disabled_text_is_paler():
    palette = themePalette()
    assert palette.color(QPalette.Disabled, QPalette.Text) == QColor(COLORS["textOff"])
    assert palette.color(QPalette.Active, QPalette.Text) == QColor(COLORS["text"])


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_can_be_drawn(qapp, name):
    assert not icon(name).isNull()
    picture = pixmap(name, 24).toImage()
    assert any(picture.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24))


@pytest.mark.parametrize("appearance", [DARK, LIGHT])
def test_theTickOfAGroupIsSeenAlsoWhenItIsEmpty(themed, qtbot, appearance):
    applyTheme(themed, appearance)
    group = QGroupBox("Encrypted")
    qtbot.addWidget(group)
    group.setCheckable(True)
    group.resize(200, 80)
    assert group.grab().toImage() != _unchecked(group)
    image, line = _unchecked(group), QColor(COLORS["textOff"]).rgb()
    assert sum(image.pixel(x, y) == line for x in range(40) for y in range(30)) > 30


def _unchecked(group):
    group.setChecked(False)
    return group.grab().toImage()
