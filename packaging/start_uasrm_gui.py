"""Start the window in the packaged application."""

import sys
from multiprocessing import freeze_support

from uasrm_gui.app import main

if __name__ == "__main__":
    freeze_support()
    sys.exit(main())
