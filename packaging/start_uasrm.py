"""Start the command line in the packaged application."""

import sys
from multiprocessing import freeze_support

from uasrm_core.cli.main import main

if __name__ == "__main__":
    freeze_support()
    sys.exit(main())
