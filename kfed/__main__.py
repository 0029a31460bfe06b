"""``python -m kfed`` is ``kfed``."""

import sys

from kfed.cli.main import main

sys.exit(main())
