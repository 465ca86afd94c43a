"""What is a repository before anybody discusses or checks it? Its settings, people, branches and files."""
