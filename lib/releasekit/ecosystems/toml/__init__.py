# SPDX-License-Identifier: Apache-2.0
"""TOML for the ecosystems whose manifests are written in it: data, places in the text, and edits that keep the rest."""
