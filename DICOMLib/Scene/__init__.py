"""Scene, nodes, subject hierarchy and storage: the data side of MRML, without rendering."""
