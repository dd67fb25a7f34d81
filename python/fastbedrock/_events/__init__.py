"""Handlers of botocore's events, and the calls that go through them.

A client whose events have no handlers never imports this package.
"""
