"""``python -m edusim`` is the command line."""

import sys

from edusim.cli import main

sys.exit(main())
