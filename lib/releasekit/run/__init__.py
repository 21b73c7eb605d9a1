# SPDX-License-Identifier: Apache-2.0
"""Carrying it out: from a repository and its spec to a plan, and from a plan to a published release."""
