# SPDX-License-Identifier: Apache-2.0
"""The terminal or pipe at the other end: streams, colours, tables that fit, the live display."""
