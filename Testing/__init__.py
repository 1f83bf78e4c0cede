"""Tests, laid out like the packages they test; `Fixtures` builds the DICOM they read."""
