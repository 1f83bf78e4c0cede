"""What a browser is told of playing and showing."""

from DICOMLib.Scene.Nodes import vtkMRMLSequenceBrowserNode


def test_whatIsSetIsHeldAndTold_once():
    browser, heard = vtkMRMLSequenceBrowserNode(), []
    browser.AddObserver("ModifiedEvent", lambda *_: heard.append(1))
    assert (browser.GetPlaybackRateFps(), browser.GetPlaybackLooped(), browser.GetPlaybackActive()) == (10, True, False)
    for name, value in (
        ("PlaybackRateFps", 24.0), ("PlaybackLooped", False), ("PlaybackActive", True),
        ("PlaybackItemSkippingEnabled", False), ("RecordingActive", True), ("RecordMasterOnly", True),
        ("RecordingSamplingMode", 0), ("IndexDisplayMode", 0), ("IndexDisplayFormat", "%g"),
    ):  # fmt: skip
        heard.clear()
        getattr(browser, f"Set{name}")(value)
        getattr(browser, f"Set{name}")(value)
        assert getattr(browser, f"Get{name}")() == value and len(heard) == 1, name
