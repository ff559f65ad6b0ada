"""How a job can be told to leave its work.

    Leave
    ├── WorkerStops   the server is stopping; the job is taken up again when it starts
    └── LeaseLost     another worker believes us dead and has taken the job over

Not subclasses of ``Exception``: a job that guards its rows with ``except Exception`` must not catch them.
"""


class Leave(BaseException):
    """Raised out of a job at a point where it reports progress."""


class WorkerStops(Leave):
    """The worker stops; the job goes back into the queue as it is."""


class LeaseLost(Leave):
    """The job is no longer ours."""
