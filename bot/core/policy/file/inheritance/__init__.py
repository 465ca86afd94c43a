"""What does a part of the policy take from the defaults, from a rule, or from the environment that it differs from?"""
