from search_core import *  # noqa: F403 - so that there is no second list of names
from search_core import __version__ as __version__
