# SPDX-License-Identifier: Apache-2.0
"""Where the graph of actions runs: on this machine, later on others."""
