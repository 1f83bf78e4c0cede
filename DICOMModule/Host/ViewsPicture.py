"""One picture of all views that are seen, and of nothing else in the window."""

from __future__ import annotations

import numpy

from .LayoutManager import LayoutManager

COLUMNS = 2


def viewsPicture(layoutManager: LayoutManager) -> numpy.ndarray | None:
    """What the views show, freshly drawn, two side by side; only for the thread of the window.

    :returns: RGB, shape (rows, columns, 3), uint8; None where nothing is shown
    """
    views = [view for view in layoutManager.views().values() if view.isVisible()]
    if not views or not layoutManager.hasContent():
        return None
    pictures = [view.screenshot() for view in views]
    height, width = (max(picture.shape[side] for picture in pictures) for side in (0, 1))
    columns = min(COLUMNS, len(pictures))
    whole = numpy.zeros((-(-len(pictures) // columns) * height, columns * width, 3), numpy.uint8)
    for number, picture in enumerate(pictures):
        top, left = number // columns * height, number % columns * width
        whole[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return whole
