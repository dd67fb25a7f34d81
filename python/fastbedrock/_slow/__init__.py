"""The codec's slow path: what the fast path falls back on, answered as botocore answers it.

The Rust codec handles ordinary calls. At the first oddity it starts over here, where the same
service model is walked by readable code on the standard ``json``. One module per direction:

``serialize``  parameters to a request: path, headers, body
``parse``      a response or an error response to a dict
``events``     one frame of an event stream to a dict

over ``validate`` (the parameter report), ``values`` (JSON to Python values) and ``timestamps``.
"""
