# SPDX-License-Identifier: Apache-2.0
"""The pages of docs/reference that are made from the program itself: one module each, with a function `page`."""
