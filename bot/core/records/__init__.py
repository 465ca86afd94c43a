"""What did people and the bot decide, as kept on `gitops-state`?"""
