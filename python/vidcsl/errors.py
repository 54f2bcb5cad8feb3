"""What can go wrong. Every message names the path, what was found and what was expected.

All of them carry one string only, so that a DataLoader can hand them from a worker to the main process as they are.
"""

from __future__ import annotations


class ShardError(Exception):
    """Base of all errors of this package."""


class ManifestError(ShardError):
    """There is no manifest.json, or it cannot be understood."""


class IncompleteRunError(ShardError):
    """The run was interrupted, or other tasks are still at work, and ``allow_incomplete`` was not given."""


class DamagedFileError(ShardError):
    """A file of the run is missing or is not what the manifest says."""


class MissingPackageError(ShardError, ImportError):
    """An optional package is needed to do what was asked for."""
