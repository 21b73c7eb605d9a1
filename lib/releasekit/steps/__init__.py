# SPDX-License-Identifier: Apache-2.0
"""The steps that a task in release.yaml may name, one file each."""
