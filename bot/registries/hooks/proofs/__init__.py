"""Who sent this hook: somebody who knows our secret (`secrets`), or whom Amazon or Google vouch for?"""
