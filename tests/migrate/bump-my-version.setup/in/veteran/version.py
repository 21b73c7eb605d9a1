# SPDX-License-Identifier: Apache-2.0
version = '3.1.4'
