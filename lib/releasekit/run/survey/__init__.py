# SPDX-License-Identifier: Apache-2.0
"""`init`: looks at a repository, decides what its release.yaml says, and proves that it plans before it is written."""
