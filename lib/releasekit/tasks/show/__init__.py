# SPDX-License-Identifier: Apache-2.0
"""Results as people read them: each function turns a value of the library into blocks."""
