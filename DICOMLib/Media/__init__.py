"""Where files come from when they do not simply lie in a folder: DICOMDIR media, archives, databases of 3D Slicer."""
