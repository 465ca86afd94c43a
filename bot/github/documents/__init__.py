"""Which GraphQL document reads what is needed, or writes what was decided?"""
