"""Writing DICOM: values, identifiers, what is kept of the source, where files go, and reading them back (no Qt)."""
