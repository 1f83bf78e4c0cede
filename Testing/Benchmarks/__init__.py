"""Measures the program against its peers: ``python3 launch.py benchmark``."""
