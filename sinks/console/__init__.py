"""The web console: server-rendered pages for who runs the service, updated as news come in.

`application.py` puts it together; a page is one module with `routes(parts)`, its templates beside it.
"""
