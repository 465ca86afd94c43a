"""Who is the bot, and what may it do where?"""
