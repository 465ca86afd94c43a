"""Which applications are there, who builds their images, and which of their tags are versions?"""
