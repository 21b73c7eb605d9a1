# SPDX-License-Identifier: Apache-2.0
"""The graph of packages as text: a module for each format, each a function from a graph to what is printed."""
