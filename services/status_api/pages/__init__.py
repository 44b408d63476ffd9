"""The web face of printsweep: server-rendered pages over the operator's HTTP API.

A page is a frame and parts. Every part is rendered here, by one template; the browser only asks for a part again when
an event says that its content changed, and puts the new one in place. So every list also works without JavaScript,
and what a device says reaches the page through Jinja's autoescape alone.
"""

from services.status_api.pages.setup import setup_pages

__all__ = ["setup_pages"]
