from DICOMPlugins.ScalarVolume.NodeNames import volumeName


def test_charactersAreReplacedAsIn3DSlicer():
    assert volumeName("5: T2* a/b\\c|d") == "5: T2(star) a-b-c-d"
