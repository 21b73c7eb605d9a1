# SPDX-License-Identifier: Apache-2.0
"""What secrets look like wherever they come from: tokens of known issuers, and places where only credentials stand."""

from __future__ import annotations

import re

# Each begins with a literal, for which the regular expression engine looks first: whole plans are masked.
USERINFO = re.compile(r'(://)([^\s/"<>`]+)@')
AUTH_SCHEMES = ('basic', 'bearer')
AUTH_SCHEME = re.compile(r'\b(basic|bearer)(\s+)(?!realm=)[A-Za-z0-9+/=._~-]{6,}', re.IGNORECASE)

# Shapes that issuers document, so that scanners find leaked ones. Each with what a text must have for it, which is
# found much sooner.
# https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns lists most.
SHAPES = tuple(
    (needed, re.compile(shape))
    for needed, shape in (
        ('pypi-', r'pypi-[A-Za-z0-9_-]{16,}'),  # PyPI
        ('npm_', r'npm_[A-Za-z0-9]{16,}'),  # npm
        ('cio', r'cio(?<![A-Za-z0-9]cio)[A-Za-z0-9]{32}(?![A-Za-z0-9])'),  # crates.io
        ('CLOJARS_', r'CLOJARS_[a-f0-9]{60}'),
        ('rubygems_', r'rubygems_[a-f0-9]{48}'),
        ('gh', r'gh[pousr]_[A-Za-z0-9]{16,}'),  # GitHub: classic, OAuth, user and server of an app, refresh
        ('github_pat_', r'github_pat_[A-Za-z0-9_]{16,}'),
        ('gl', r'gl[a-z]{2,6}-[A-Za-z0-9_.-]{16,}'),  # GitLab: glpat-, gldt-, glcbt- …
        ('ATBB', r'ATBB[A-Za-z0-9]{28,}'),  # Bitbucket and Atlassian
        ('ATATT3', r'ATATT3[A-Za-z0-9_=-]{20,}'),
        ('dckr_', r'dckr_[po]at_[A-Za-z0-9_-]{16,}'),  # Docker
        ('AKIA', r'AKIA[A-Z0-9]{16}\b'),  # AWS
        ('ASIA', r'ASIA[A-Z0-9]{16}\b'),
        ('AIza', r'AIza[A-Za-z0-9_-]{35}'),  # Google
        ('GOCSPX-', r'GOCSPX-[A-Za-z0-9_-]{20,}'),
        ('ya29.', r'ya29\.[A-Za-z0-9_-]{20,}'),
        ('xox', r'xox[a-z]-[A-Za-z0-9-]{10,}'),  # Slack
        ('xapp-', r'xapp-[A-Za-z0-9-]{10,}'),
        ('hooks.slack.com/', r'hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{10,}'),
        ('sntry', r'sntry[su]_[A-Za-z0-9+/=_-]{20,}'),  # Sentry
        ('hf_', r'hf_[A-Za-z0-9]{30,}'),  # Hugging Face
        ('sk-', r'sk-(?:ant|proj|svcacct)-[A-Za-z0-9_-]{16,}'),  # Anthropic and OpenAI
        ('k_live_', r'[sr]k_live_[A-Za-z0-9]{16,}'),  # Stripe
        ('AGE-SECRET-KEY-1', r'AGE-SECRET-KEY-1[A-Z0-9]{50,}'),
        ('eyJ', r'eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*'),  # JSON Web Tokens
        (
            '-----BEGIN ',
            r'-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)',
        ),
    )
)
_QUERY = (
    'access_token|token|sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature|password|api_?key'
    '|client_secret'
)
_HEADERS = 'private-token|job-token|x-api-key|x-auth-token|authorization'
# Where a credential follows: query strings of signed addresses, npm's settings, a netrc, and headers. Each with what
# a text in small letters must have for it.
ASSIGNED = tuple(
    (needed, re.compile(shape, re.IGNORECASE))
    for needed, shape in (
        (('token=', 'sig=', 'signature=', 'password=', 'key=', 'secret='), rf'([?&](?:{_QUERY})=)[^\s&#"\'<>`]+'),
        (('_auth', '_password'), r'(_(?:authtoken|auth|password)\s?=\s?["\']?)(?!\$)[^\s"\']{4,}'),
        (('machine',), r'(machine\s+\S+\s+login\s+\S+\s+password\s+)\S+'),
        (
            _HEADERS.split('|'),
            rf'((?:{_HEADERS})["\']?\s?:\s?["\']?)(?:token\s+)?(?=[A-Za-z0-9+/=_~-]*[0-9])[A-Za-z0-9+/=_~-]{{8,}}',
        ),
    )
)
