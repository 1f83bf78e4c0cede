"""Scene files in the format of 3D Slicer: the text of a scene (MRML), its member files, and what holds them (MRB)."""
