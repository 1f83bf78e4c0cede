"""A whole scene in one DICOM object, in the layout of 3D Slicer's data bundles."""
