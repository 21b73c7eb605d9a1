# SPDX-License-Identifier: Apache-2.0
"""What the user wrote: release.yaml as frozen values, read without touching anything else."""
