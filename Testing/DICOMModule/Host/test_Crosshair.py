from DICOMModule.Host.Crosshair import Crosshair


def test_observers_hear_of_every_change_until_they_are_removed():
    crosshair, heard = Crosshair(), []

    def observe(changed):
        heard.append(None if changed.position is None else changed.position.tolist())

    crosshair.addObserver(observe)
    crosshair.setPosition((1, 2, 3))
    crosshair.clear()
    crosshair.removeObserver(observe)
    crosshair.removeObserver(observe)
    crosshair.setPosition((4, 5, 6))
    assert heard == [[1, 2, 3], None]


def test_it_is_not_visible_before_it_has_a_place():
    crosshair = Crosshair()
    assert crosshair.isSwitchedOn and not crosshair.visible
    crosshair.setPosition((0, 0, 0))
    assert crosshair.visible
    crosshair.setVisible(False)
    assert not crosshair.visible and crosshair.position.tolist() == [0, 0, 0]


def test_its_position_cannot_be_changed_from_outside():
    crosshair = Crosshair()
    crosshair.setPosition((1, 2, 3))
    crosshair.position[0] = 99
    assert crosshair.position.tolist() == [1, 2, 3]
