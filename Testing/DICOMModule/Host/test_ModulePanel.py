"""The panel of the selected module."""

import pytest
from qtpy.QtWidgets import QWidget

from DICOMModule.Host.ModulePanel import WIDEST_MINIMUM, ModulePanel

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(("wanted", "atLeast", "atMost"), [(300, 300, 350), (900, WIDEST_MINIMUM, WIDEST_MINIMUM)])
def test_a_small_window_does_not_push_the_buttons_of_a_page_out_of_sight(qtbot, wanted, atLeast, atMost):
    panel = ModulePanel()
    qtbot.addWidget(panel)
    page = panel.addPage("DICOM")
    panel.show()
    content = QWidget(page)
    content.setMinimumWidth(wanted)
    page.layout().addWidget(content)
    qtbot.waitUntil(lambda: atLeast <= panel.minimumSizeHint().width() <= atMost, timeout=60_000)
