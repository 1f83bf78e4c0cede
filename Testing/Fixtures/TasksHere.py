"""Tasks run in this process, where their limits can be set for a test."""

from __future__ import annotations

import importlib

from DICOMLib.Progress import Progress
from DICOMLib.Workers.Answers import handOver
from DICOMLib.Workers.WorkerPool import Task


class TasksHere:
    """Stands for workers."""

    def run(self, task: Task, progress: Progress | None = None) -> None:
        """As of a ``WorkerPool``."""
        moduleName, functionName = task.task.split(":")
        handOver(task, getattr(importlib.import_module(moduleName), functionName)(**task.arguments))
