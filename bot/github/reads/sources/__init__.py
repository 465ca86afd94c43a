"""What is in the source repositories, beside what the look at an application brings?"""
