# SPDX-License-Identifier: Apache-2.0
"""Looks at all that a release depends on and changes nothing: one module a family of questions."""
