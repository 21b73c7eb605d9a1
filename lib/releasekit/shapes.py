# SPDX-License-Identifier: Apache-2.0
"""What secrets look like wherever they come from: tokens of known issuers, and places where only credentials stand."""

from __future__ import annotations

import re

# Each begins with a literal, for which the regular expression engine looks first: whole plans are masked.
USERINFO = re.compile(r'(://)([^\s/"<>`]+)@')
AUTH_SCHEMES = ('basic', 'bearer')
AUTH_SCHEME = re.compile(r'\b(basic|bearer)(\s+)(?!realm=)[A-Za-z0-9+/=._~-]{6,}', re.IGNORECASE)

# Shapes that issuers document, so that scanners find leaked ones.
# https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns lists most.
SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r'pypi-[A-Za-z0-9_-]{16,}',  # PyPI
        r'npm_[A-Za-z0-9]{16,}',  # npm
        r'cio(?<![A-Za-z0-9]cio)[A-Za-z0-9]{32}(?![A-Za-z0-9])',  # crates.io
        r'CLOJARS_[a-f0-9]{60}',
        r'rubygems_[a-f0-9]{48}',
        r'gh[pousr]_[A-Za-z0-9]{16,}',  # GitHub: classic, OAuth, user and server of an app, refresh
        r'github_pat_[A-Za-z0-9_]{16,}',
        r'gl[a-z]{2,6}-[A-Za-z0-9_.-]{16,}',  # GitLab: glpat-, gldt-, glcbt- …
        r'ATBB[A-Za-z0-9]{28,}',  # Bitbucket and Atlassian
        r'ATATT3[A-Za-z0-9_=-]{20,}',
        r'dckr_[po]at_[A-Za-z0-9_-]{16,}',  # Docker
        r'AKIA[A-Z0-9]{16}\b',  # AWS
        r'ASIA[A-Z0-9]{16}\b',
        r'AIza[A-Za-z0-9_-]{35}',  # Google
        r'GOCSPX-[A-Za-z0-9_-]{20,}',
        r'ya29\.[A-Za-z0-9_-]{20,}',
        r'xox[a-z]-[A-Za-z0-9-]{10,}',  # Slack
        r'xapp-[A-Za-z0-9-]{10,}',
        r'hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{10,}',
        r'sntry[su]_[A-Za-z0-9+/=_-]{20,}',  # Sentry
        r'hf_[A-Za-z0-9]{30,}',  # Hugging Face
        r'sk-(?:ant|proj|svcacct)-[A-Za-z0-9_-]{16,}',  # Anthropic and OpenAI
        r'[sr]k_live_[A-Za-z0-9]{16,}',  # Stripe
        r'AGE-SECRET-KEY-1[A-Z0-9]{50,}',
        r'eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*',  # JSON Web Tokens
        r'-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)',
    )
)
_QUERY = (
    'access_token|token|sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature|password|api_?key'
    '|client_secret'
)
_HEADERS = 'private-token|job-token|x-api-key|x-auth-token|authorization'
# Where a credential follows: query strings of signed addresses, npm's settings, a netrc, and headers. Each with what
# a text in small letters must have for it, which is found much sooner.
ASSIGNED = tuple(
    (needed, re.compile(shape, re.IGNORECASE))
    for needed, shape in (
        (('token=', 'sig', 'password=', 'key=', 'secret='), rf'([?&](?:{_QUERY})=)[^\s&#"\'<>`]+'),
        (('_auth', '_password'), r'(_(?:authtoken|auth|password)\s?=\s?["\']?)(?!\$)[^\s"\']{4,}'),
        (('machine',), r'(machine\s+\S+\s+login\s+\S+\s+password\s+)\S+'),
        (
            _HEADERS.split('|'),
            rf'((?:{_HEADERS})["\']?\s?:\s?["\']?)(?:token\s+)?(?=[A-Za-z0-9+/=_~-]*[0-9])[A-Za-z0-9+/=_~-]{{8,}}',
        ),
    )
)
