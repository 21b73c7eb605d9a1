# SPDX-License-Identifier: Apache-2.0
VERSION = '2.0.1'
