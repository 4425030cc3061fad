# SPDX-License-Identifier: LGPL-2.1-or-later
dist_man_MANS += docs/man/reeved.8
EXTRA_DIST += docs/man/settings-page docs/ENVIRONMENT.md CHANGELOG.md
