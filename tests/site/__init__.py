"""The documentation as a site: what is copied, what is generated, and how it is built."""
