# SPDX-License-Identifier: Apache-2.0
"""The real outside world: programs, HTTP and files."""
