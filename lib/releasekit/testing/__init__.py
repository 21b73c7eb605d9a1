# SPDX-License-Identifier: Apache-2.0
"""Fakes of the ports, real servers on this machine and fault injectors: for our tests and for those of extensions."""
