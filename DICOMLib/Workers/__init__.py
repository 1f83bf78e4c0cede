"""Worker processes for everything that may crash, hang or eat memory on a hostile file: codecs and foreign readers."""
