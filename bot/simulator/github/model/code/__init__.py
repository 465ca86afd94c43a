"""What does a repository have without issues, checks and pull requests? Settings, people, branches and files."""
