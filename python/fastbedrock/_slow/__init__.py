"""The codec's slow path, which the fast path falls back to. It does what botocore does.

The Rust codec handles ordinary calls. At the first oddity the call starts over here, where
readable Python code walks the same service model and uses the standard ``json``. Modules:

``serialize``  parameters to a request: path, headers, body
``parse``      a response or an error response to a dict
``events``     one frame of an event stream to a dict

over ``validate`` (the parameter report), ``values`` (JSON to Python values) and ``timestamps``.
"""
