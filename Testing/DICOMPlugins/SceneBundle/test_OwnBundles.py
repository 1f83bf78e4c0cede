"""Which scenes in DICOM objects were written here is known by their digests, the latest 500 of them."""

from __future__ import annotations

from DICOMLib.Settings import Settings
from DICOMPlugins.SceneBundle.OwnBundles import MOST_REMEMBERED, SETTING, isOwnBundle, rememberBundle


def test_onlyWhatWasWrittenHereIsOwn():
    settings = Settings()
    assert not isOwnBundle("a" * 64, settings)
    rememberBundle("a" * 64, settings)
    assert isOwnBundle("a" * 64, settings)
    assert not isOwnBundle("b" * 64, settings) and not isOwnBundle("a" * 63, settings) and not isOwnBundle("", settings)


def test_eachIsKeptOnce_theLatestLast():
    settings = Settings()
    for digest in ("a", "b", "a"):
        rememberBundle(digest, settings)
    assert list(settings.value(SETTING)) == ["b", "a"]


def test_thereAreAsManyAsAccepted_andTheOldestGoes():
    settings = Settings()
    settings.setValue(SETTING, [str(number) for number in range(MOST_REMEMBERED - 1)])
    rememberBundle("last", settings)
    assert isOwnBundle("0", settings) and len(settings.value(SETTING)) == MOST_REMEMBERED == 500
    rememberBundle("more", settings)
    assert not isOwnBundle("0", settings) and isOwnBundle("1", settings) and isOwnBundle("more", settings)
    assert len(settings.value(SETTING)) == MOST_REMEMBERED
