"""The tasks of this repository: those of releasekit and those of release.yaml."""

from releasekit.tasks import ns
