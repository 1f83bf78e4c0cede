"""Scenes as files in 3D Slicer's formats: the XML, its member files and the containers of both."""
