"""Whole files of tests to processes, and a process that crashed replaced."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController


class FileScheduling(LoadFileScheduling):
    """As ``--dist loadfile``, but the test that ended its process is not run again, which would end the next one."""

    def remove_node(self, node: WorkerController) -> str | None:
        """:returns: the test in which the process ended, None where it had done all it was given"""
        units = self.assigned_work[node]
        left = [(scope, test) for scope, unit in units.items() for test, isDone in unit.items() if not isDone]
        if not left:
            return super().remove_node(node)
        scope, crashed = left[0]
        units[scope][crashed] = True
        del self.assigned_work[node]
        self.workqueue.update({scope: unit for scope, unit in units.items() if not all(unit.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return crashed
