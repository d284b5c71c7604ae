"""A process of the product: which services it runs, how it starts, serves and stops.

`Process` is not imported here: it needs the web server, a service that is being wired does not.
"""

from duibiao.process.service import Service as Service
