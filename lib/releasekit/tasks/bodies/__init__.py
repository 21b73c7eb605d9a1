# SPDX-License-Identifier: Apache-2.0
"""What the built-in tasks do: each body opens the project, calls the library, and prints what came of it."""
