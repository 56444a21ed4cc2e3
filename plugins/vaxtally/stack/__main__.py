"""`python -m vaxtally.stack`: the stack in the foreground, until a signal or until a part of it ends."""

import sys

from vaxtally.errors import VaxtallyError
from vaxtally.settings import Settings
from vaxtally.stack.background import serve

try:
    serve(Settings.from_environment().home)
except VaxtallyError as error:
    sys.exit(str(error))
