"""Which webhooks do Apps receive, and how?"""
