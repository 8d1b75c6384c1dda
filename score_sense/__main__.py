"""`python -m score_sense` is the command `score-sense`."""

import sys

from score_sense.command_line import main

sys.exit(main())
