# SPDX-License-Identifier: Apache-2.0
project = 'probe'
release = '0.7.0'
