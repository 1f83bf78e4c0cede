"""Pixel data to arrays: native data straight into the volume, everything else decoded in worker processes."""
